"""C sees three sizes, and can tell jittered strokes from clean ones."""

import torch
import torch.nn.functional as F

from facepencil.networks.classifier import DeformationClassifier


def test_features_halve_in_size_and_double_in_channels():
    classifier = DeformationClassifier(5)
    maps = classifier.features(torch.zeros(2, 1, 64, 64))
    assert [tuple(one.shape) for one in maps] == [(2, 5, 32, 32), (2, 10, 16, 16), (2, 20, 8, 8)]
    assert classifier.widths == [5, 10, 20]


def test_logits_are_averages_over_positions():
    classifier = DeformationClassifier(4)
    sketch = torch.rand(3, 1, 32, 32)
    expected = F.adaptive_avg_pool2d(classifier.head(classifier.features(sketch)[2]), 1)
    torch.testing.assert_close(classifier(sketch), expected.flatten(1))


def lines(count, wobble):
    """Sketches of one straight line each, whose pixels stray by up to `wobble` px."""
    sketch = torch.zeros(count, 1, 32, 32)
    for image in sketch:
        slope, start = torch.rand(2) * torch.tensor([0.5, 8.0]) + torch.tensor([0.1, 4.0])
        stray = torch.randint(-wobble, wobble + 1, (28,))
        columns = torch.arange(28) + 2
        image[0, (start + slope * columns).long() + stray, columns] = 1
    return sketch


def test_it_learns_to_tell_straying_lines_from_straight_ones():
    torch.manual_seed(0)
    classifier = DeformationClassifier(8)
    optimizer = torch.optim.Adam(classifier.parameters(), 2e-3)
    labels = torch.tensor([0] * 16 + [1] * 16)
    for _ in range(40):
        loss = F.cross_entropy(classifier(torch.cat([lines(16, 0), lines(16, 2)])), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    unseen = classifier(torch.cat([lines(16, 0), lines(16, 2)])).argmax(1)
    assert (unseen == labels).float().mean() > 0.9
