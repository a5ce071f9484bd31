"""Figures of VGG16 that others published, each with its source."""

from types import MappingProxyType

from .protocol import Published

OXFORD, PARIS, HOLIDAYS = "Oxford5k", "Paris6k", "Holidays"
MAP = "mAP"

_TRANSLATION = (
    "Hu et al., Towards Visual Feature Translation, CVPR 2019; "
    "github.com/hujiecpp/VisualFeatureTranslation"
)
_TRANSLATION_HOW = "whole pictures ask, whitening learnt on Google Landmarks"
_RMAC_PLUS = "Magliani and Prati, arXiv:1806.08565; github.com/fmaglia/keras_rmac_plus"
_RMAC_PLUS_HOW = "R-MAC of Tolias et al. 2016, built again"

# Oxford5k, Paris6k, Holidays.
_RMAC_PLUS_FIGURES = (65.56, 82.80, 87.65)
_TRANSLATION_FIGURES = {
    "SPoC": (66.43, 78.47, 83.38),
    "CroW": (68.38, 79.79, 83.17),
    "MAC": (60.97, 72.65, 74.18),
    "R-MAC": (70.84, 83.54, 83.50),
}


def _figure(method: str, percent: float, source: str, how: str) -> Published:
    return Published(method, MAP, round(percent / 100, 4), source, how)


PUBLISHED = MappingProxyType(
    {
        name: (
            _figure("R-MAC", _RMAC_PLUS_FIGURES[place], _RMAC_PLUS, _RMAC_PLUS_HOW),
            *(
                _figure(method, figures[place], _TRANSLATION, _TRANSLATION_HOW)
                for method, figures in _TRANSLATION_FIGURES.items()
            ),
        )
        for place, name in enumerate((OXFORD, PARIS, HOLIDAYS))
    }
)
