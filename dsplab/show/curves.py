"""Curves over a common axis: what was measured again and again, a loss, a level."""

import numpy as np

from dsplab._arguments import as_values
from dsplab.show.plots import COLOURS, _axes


def plot_curves(x, curves, *, xlabel, ylabel="", ax=None, title=None, log=False):
    """Draw curves that share their axis, each with its name.

    Args:
      x: where the curves were measured, (n,).
      curves: dict of name to values (n,). A curve of more than 200 points is drawn
        pale, its running mean over a fiftieth of the length on top of it.
      xlabel: what x is, with its unit.
      ylabel: what the curves are.
      ax: Matplotlib axes to draw into; a new figure by default.
      title: text above.
      log: a logarithmic vertical axis.

    Returns:
      The axes.

    Raises:
      ValueError: if a curve and x differ in length.

    >>> plot_curves([0, 1], {"loss": [2.0, 1.0]}, xlabel="step").get_xlabel()
    'step'
    """
    x, ax = np.asarray(x, float), _axes(ax, height=2.8)
    for i, (name, values) in enumerate(curves.items()):
        values = as_values(np.asarray(values, float), name=name)
        if values.shape != x.shape or x.ndim != 1:
            raise ValueError(
                f"{name} must have one value for each x, {x.shape}; got {values.shape}"
            )
        colour = COLOURS[i % len(COLOURS)]
        if len(x) > 200:
            ax.plot(x, values, color=colour, alpha=0.25, linewidth=0.8)
            width = len(x) // 50
            mean = np.convolve(values, np.full(width, 1.0 / width), "valid")
            ax.plot(x[width - 1 :], mean, color=colour, label=name)
        else:
            ax.plot(x, values, color=colour, label=name)
    if log:
        ax.set_yscale("log")
    ax.legend()
    ax.grid(alpha=0.3)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    return ax


def plot_panels(x, panels, *, xlabel):
    """Draw groups of curves below one another.

    Args:
      x: where the curves were measured, (n,).
      panels: dict of what a group shows to its curves, see `plot_curves`.
      xlabel: what x is, with its unit.

    Returns:
      Matplotlib figure (its `savefig` writes a picture).

    >>> panels = {"loss": {"train": [2.0, 1.0]}, "rate": {"rate": [0.1, 0.0]}}
    >>> len(plot_panels([0, 1], panels, xlabel="step").axes)
    2
    """
    from matplotlib.figure import Figure

    figure = Figure((8.0, 2.8 * len(panels)), layout="constrained")
    rows = figure.subplots(len(panels), squeeze=False)[:, 0]
    for ax, (name, curves) in zip(rows, panels.items(), strict=True):
        plot_curves(x, curves, xlabel=xlabel, ylabel=name, ax=ax)
    return figure
