"""Captions of a table's figures, each of which stands alone."""

CAPTIONS = {
    "bars": "Difference of each row to the first, at the level d of table 1, with its interval "
    "over photos, and over seeds where there are several. Coloured: the interval leaves 0 out.",
    "robustness": "Every metric against d, the deformation of the test sketches in px on a canvas "
    "of 512 px. Lines: means over seeds. Bands: intervals.",
    "matrix": "Trained on against tested on, on sketches changed as people draw: a line a row of "
    "the table, a column a way of changing, the mean over its strengths. Darker is better within a "
    "column.",
    "validation": "LPIPS of the averaged generator on the validation photos by photos seen in "
    "training: sketches at three levels d, and changed in all ways that people draw in. Lines: "
    "means over seeds. Bands: from lowest to highest seed.",
    "minutes": "Scores by the CPU minutes of a training, at the lowest d (filled) and the highest "
    "(open), with their intervals. Thin line: the best score at the lowest d within so many "
    "minutes. They differ from machine to machine (costs.csv names the processor), and on a GPU "
    "say little.",
    "losses": "Losses of every training by photos seen, in the colour of its row.",
    "synthetic": "Test photos as in figure 3 of the paper: the sketch at the lowest d, the photo, "
    "and what each row paints from the sketch.",
    "deformation": "Test photos as in figure 4 of the paper: the most deformed sketch, and what "
    "each row paints from it.",
    "drawings": "Drawings, four of each group, as they were placed, and what each row paints from "
    "them: as in figures 5 and 6 of the paper.",
    "refined": "The same drawings, drawn by degrees towards plausible faces, each beside what the "
    "first row paints from it.",
    "painted": "Sketches of test photos at every d, beside what the first row paints from them.",
    "widths": "The width of strokes that spatial attention pooling chooses at every position of "
    "the most deformed sketches: the mean of the pooling widths, weighed by the attention. Dark is "
    "the thinnest, bright the thickest. Rows without attention are left out.",
    "worst": "The four test faces that each row paints worst, by its own LPIPS at the largest d: "
    "sketch, photo and painted face.",
}
"""By the name of the figure, in the order of the page."""
