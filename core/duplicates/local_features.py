"""What a picture is compared by: its keypoints, and itself in grey and small."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..types import Array

# Longer side of the grey pictures that are compared, in pixels.
SIDE = 320
_LEAST_SIDE = 16
_KEYPOINTS = 250
_QUALITY = 92
# More keypoints of pale pictures than by OpenCV's own limit, .04.
_CONTRAST = 0.01
# Side of the tiny picture.
_TINY = 12
# Of the unit descriptors, as whole numbers.
_STEPS = 512


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """A picture reduced to what it is compared by; some 50 kB.

    Attributes:
        picture: Grey JPEG file, the longer side ``SIDE``.
        tiny: ``(_TINY²,)`` unit vector: the whole frame, squashed, without its mean.
        points: ``(n, 2)`` float32 places of the keypoints, x and y in pixels, the strongest first.
        descriptors: ``(n, 128)``: the square roots of the SIFT descriptors (Arandjelović and
            Zisserman 2012), of length ``_STEPS``.
    """

    picture: bytes
    tiny: Array
    points: Array
    descriptors: NDArray[np.uint8]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """``(h, w)`` grey."""
        return np.asarray(Image.open(io.BytesIO(self.picture)))

    @property
    def unit_descriptors(self) -> Array:
        """``(n, 128)`` float32 rows of length 1, nearly."""
        return self.descriptors.astype(np.float32) / np.float32(_STEPS)


def local_features(image: Image.Image) -> LocalFeatures:
    """The local features of a picture of any size and mode."""
    import cv2

    # The threads that call it share the processor already.
    cv2.setNumThreads(1)
    grey = image.convert("L")
    scale = SIDE / max(grey.size)
    width, height = (max(round(side * scale), _LEAST_SIDE) for side in grey.size)
    resized = grey.resize((width, height), Image.Resampling.BICUBIC)
    sift = cv2.SIFT.create(nfeatures=_KEYPOINTS, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(np.asarray(resized), None)
    if descriptors is None:
        descriptors = np.empty((0, 128), np.float32)
    order = np.argsort([-one.response for one in keypoints], kind="stable")
    points = np.array([one.pt for one in keypoints], np.float32).reshape(-1, 2)[order]
    roots = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1))[order]
    file = io.BytesIO()
    resized.save(file, "JPEG", quality=_QUALITY)
    tiny = np.asarray(resized.resize((_TINY, _TINY), Image.Resampling.BOX), np.float32).ravel()
    tiny -= tiny.mean()
    tiny /= max(float(np.linalg.norm(tiny)), 1.0)
    scaled = (_STEPS * roots).round().clip(0, 255).astype(np.uint8)
    return LocalFeatures(file.getvalue(), tiny, points, scaled)
