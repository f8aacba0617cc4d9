"""The measurements, to download: a table as CSV, and all curves in one picture."""

import csv
import io
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.figures import DEV, DOTS_PER_INCH, FAINT, GRID, INK, PAPER, WRONG, png
from ui.break_it.breakable_network import BreakableNetwork
from ui.break_it.damage import Damage, everything

COLUMNS = 5

COLUMN_NAMES = ("network", "perturbation", "amount", "right", "digits", "accuracy", "low", "high")


def as_csv(breakables: Sequence[BreakableNetwork], damage: Damage) -> bytes:
    """Return one line per network and measured stop of each slider; low and high are the 95% interval."""
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(COLUMN_NAMES)
    for breakable in breakables:
        for name, entry in everything().items():
            curve = breakable.curve(name, damage)
            for amount, right, accuracy, band in zip(
                entry.amounts, curve.right, curve.accuracies, curve.bands, strict=True
            ):
                if accuracy is not None and band is not None:
                    numbers = [f"{each:.4f}" for each in (accuracy, *band)]
                    lines.writerow((breakable.name, name, f"{amount:g}", right, curve.digits, *numbers))
    return file.getvalue().encode()


def as_png(breakables: Sequence[BreakableNetwork], damage: Damage) -> bytes:
    """Return all curves as a picture, with the position of each slider."""
    entries = everything()
    rows = -(-len(entries) // COLUMNS)
    figure = Figure(figsize=(12, 2.1 * rows + 0.6), dpi=DOTS_PER_INCH, facecolor=PAPER)
    grid = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False)
    top = 1 - 0.75 / (2.1 * rows + 0.6)
    figure.subplots_adjust(left=0.05, right=0.985, top=top, bottom=0.06, hspace=0.75, wspace=0.16)
    for place, breakable in enumerate(breakables):
        figure.text(
            0.05 + 0.45 * place,
            1 - 0.3 / (2.1 * rows + 0.6),
            f"{breakable.name}: dev accuracy as it is broken" if place == 0 else f"and {breakable.name}",
            color=(DEV, WRONG)[place],
            fontsize=12,
            parse_math=False,
        )
    for axes in grid.flat[len(entries) :]:
        axes.set_axis_off()
    for axes, (name, entry) in zip(grid.flat, entries.items(), strict=False):
        stops = range(len(entry.amounts))
        for color, breakable in zip((DEV, WRONG), breakables, strict=False):
            accuracies = [float("nan") if each is None else each for each in breakable.curve(name, damage).accuracies]
            bands = [(float("nan"),) * 2 if each is None else each for each in breakable.curve(name, damage).bands]
            axes.fill_between(stops, *zip(*bands, strict=True), color=color, alpha=0.14, linewidth=0)
            axes.plot(stops, accuracies, color=color, linewidth=1.6, clip_on=False)
        at = entry.amounts.index(damage.amount(name))
        if entry.amounts[at] != entry.none:
            axes.axvline(at, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set_title(entry.label, color=INK, fontsize=9, loc="left", parse_math=False)
        ends = sorted({0, entry.amounts.index(entry.none), stops[-1]})
        axes.set_xticks(ends, [entry.write(entry.amounts[each]) for each in ends], parse_math=False)
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_facecolor(PAPER)
        axes.grid(axis="y", color=GRID, linewidth=0.8)
        axes.tick_params(colors=FAINT, labelsize=7, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return png(figure)
