"""The sizes of all layers, and where to read more."""

import pandas as pd
import streamlit as st

from ...activations import layers

_PAPERS = """
- **VGG16**: K. Simonyan, A. Zisserman 2015,
  [Very deep convolutional networks for large-scale image recognition](https://arxiv.org/abs/1409.1556)
- **ImageNet**, the photographs it learnt from: O. Russakovsky and others 2015,
  [ImageNet large scale visual recognition challenge](https://arxiv.org/abs/1409.0575)
- **Looking into a network**: M. Zeiler, R. Fergus 2014,
  [Visualizing and understanding convolutional networks](https://arxiv.org/abs/1311.2901)
- **R-MAC**, the default descriptor: G. Tolias, R. Sicre, H. Jégou 2016,
  [Particular object retrieval with integral max-pooling of CNN activations](https://arxiv.org/abs/1511.05879).
  Lookalike does not whiten the regions, as the paper does, and nothing in it is tuned on landmarks.
"""


def layer_table() -> None:
    """Show every layer with its size."""
    found = layers()
    table = pd.DataFrame(
        {
            "Layer": [layer.name for layer in found],
            "Maps": [layer.channels for layer in found],
            "Positions": [f"{layer.side} × {layer.side}" for layer in found],
            "Learnt numbers": [layer.weights for layer in found],
            "Sees": [f"{layer.receptive_side} × {layer.receptive_side}" for layer in found],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Learnt numbers": st.column_config.NumberColumn(format="localized"),
            "Sees": st.column_config.TextColumn(
                help="Pixels of the input that one position depends on."
            ),
        },
        height="content",
        key="layers",
    )
    st.caption(
        f"For an input of 224 × 224 pixels: {sum(layer.weights for layer in found):,} learnt "
        "numbers in all. The three fully connected layers after them, which name the "
        "1,000 classes of ImageNet, are not needed to compare pictures."
    )


def papers() -> None:
    """Link the papers."""
    st.markdown(_PAPERS)
