"""Captions of the figures, each of which stands alone."""

CAPTIONS = {
    "bars": "Difference of each row to the first, at the level d of table 1, with its interval "
    "over photos, and over seeds where there are several. Coloured: the interval leaves 0 out.",
    "robustness": "Every metric against d, the deformation of the test sketches in px on a canvas "
    "of 512 px. Lines: means over seeds. Bands: intervals.",
    "validation": "LPIPS of the averaged generator on the validation photos by photos seen in "
    "training, at three levels d. Lines: means over seeds. Bands: from lowest to highest seed.",
}
