"""One description of a chart and where its parts lie; pages and papers paint the same.

Places across are per cent of the width, heights are pixels, so that letters keep their size at every width; a round
chart lies on a plane of pixels. The description holds plain values; whoever makes it has chosen the reader's language.
"""

from __future__ import annotations

from kernel.charts.description import Cell, Chart, Series
from kernel.charts.painted import drawing
from kernel.charts.scales import scale
from kernel.charts.shapes import Area, Box, Layout, Path, Plane, Rule, Word

__all__ = ["Area", "Box", "Cell", "Chart", "Layout", "Path", "Plane", "Rule", "Series", "Word", "drawing", "scale"]
