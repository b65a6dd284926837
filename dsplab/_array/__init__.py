"""The only package that knows which array library is in use.

Everything else asks `array_namespace` for `xp` and calls `xp.sin`, `xp.fft.rfft`, ...
What cannot be said well, or fast enough, in that common language lives here:

    library     which library an array is of, and what follows from that alone
    recursions  scan, lfilter, sums: what a sample owes to the samples before it
    delay_lines recursions through long delays, a block at a time
    delay_loops the same through lines that are read between their samples
    stepwise    recursions written as steps of numbers; linear ones are solved
    rows        rows cut out of a long signal, and long signals made of rows
    reframing   frames of a signal, some at a time, and what is made of them
    feedback    sines that modulate each other in a ring
    segments    such rings in segments, side by side
    impulses    short waves at places that lie between the samples
    neighbours  what an element has to do with those around it
    places      few things in long rows: the largest, the nearest
    chains      things that go on from row to row
    elementary  sin, tan and tanh, where the libraries' own are slow
    sorting     networks of comparisons
    turning     sums of many sinusoids, which turn evenly or bend a little
"""

from dsplab._array.chains import numbered
from dsplab._array.delay_lines import (
    in_loop,
    lfilter_rows,
    line_ends,
    spaced_lfilter,
)
from dsplab._array.delay_loops import delay_loop
from dsplab._array.elementary import (
    angle,
    sine,
    sine_of_cycles,
    tangent,
    tanh_ratio,
    unit,
)
from dsplab._array.feedback import sine_ring
from dsplab._array.impulses import place_kernels, scatter_rows
from dsplab._array.library import (
    array_namespace,
    batch_size,
    between_zeros,
    by_itself,
    computed_once,
    either,
    fft,
    in_turn,
    is_array,
    is_finite,
    is_traced,
    stop_gradient,
)
from dsplab._array.neighbours import (
    blend,
    correlate,
    greatest_near,
    nearest_true,
    running_median,
    sum_of_squares,
    sums_reader,
    times,
)
from dsplab._array.places import (
    gathered,
    largest,
    nearest_in,
    occupied,
    put_at,
    take,
)
from dsplab._array.recursions import (
    difference_equation,
    lfilter,
    lfilter_sections,
    linear_recursion,
    moving_max,
    moving_sum,
    running_max,
    running_product,
    scan,
    wrapped_cumsum,
)
from dsplab._array.reframing import frames_in_blocks, through_frames
from dsplab._array.rows import (
    ALL,
    add_at,
    block_reader,
    correlate_long,
    filter_rows,
    frames_at,
    frames_seen,
    in_blocks,
    join_rows,
    lag_products,
    once_each,
    overlap_add,
    pairs_times,
    row_reader,
    row_spectra,
    rows_at_once,
    rows_times,
    slice_at,
    table_rows,
)
from dsplab._array.stepwise import linear_scan, number_scan, settled
from dsplab._array.turning import sinusoids

__all__ = [
    "ALL",
    "angle",
    "add_at",
    "array_namespace",
    "batch_size",
    "between_zeros",
    "blend",
    "block_reader",
    "by_itself",
    "computed_once",
    "correlate",
    "correlate_long",
    "delay_loop",
    "difference_equation",
    "either",
    "fft",
    "filter_rows",
    "frames_at",
    "frames_in_blocks",
    "frames_seen",
    "greatest_near",
    "gathered",
    "in_blocks",
    "in_loop",
    "in_turn",
    "is_array",
    "is_finite",
    "is_traced",
    "join_rows",
    "lag_products",
    "largest",
    "lfilter",
    "lfilter_rows",
    "lfilter_sections",
    "line_ends",
    "linear_recursion",
    "linear_scan",
    "moving_max",
    "moving_sum",
    "nearest_in",
    "nearest_true",
    "number_scan",
    "numbered",
    "occupied",
    "once_each",
    "overlap_add",
    "pairs_times",
    "place_kernels",
    "put_at",
    "row_reader",
    "row_spectra",
    "rows_at_once",
    "rows_times",
    "running_max",
    "running_median",
    "running_product",
    "scan",
    "scatter_rows",
    "settled",
    "sine",
    "sine_of_cycles",
    "sine_ring",
    "sinusoids",
    "slice_at",
    "spaced_lfilter",
    "stop_gradient",
    "sum_of_squares",
    "sums_reader",
    "table_rows",
    "take",
    "tangent",
    "tanh_ratio",
    "through_frames",
    "times",
    "unit",
    "wrapped_cumsum",
]
