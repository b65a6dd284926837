"""Does my own solution of an exercise do the right thing? Ask `check`.

    >>> from dsplab.check import check
    >>> def hann(length):
    ...     return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    >>> report = check("hann", hann)
    hann: solved, 4 of 4 points
      ok    it has `length` samples  [1]
      ok    it follows the formula  [1]
      ok    it is periodic  [1]
      ok    shifted by half, it sums to one  [1]

    exercise        `check`, and what an exercise, a property and a report are
    trial           one call of a student's function: copies, time limit, its own lines
    inputs          test inputs, the simple ones first, and the search for a simpler one
    comparing       what is wrong with an array, in a sentence
    framing         exercises of lesson 1: hann, frame, overlap_add
    spectra         exercises of lesson 1: sine, dft, stft, istft
    voices          exercises of lesson 2: harmonic_sum, envelope
    filtering       exercises of lesson 3: biquad, state_variable
    modulation      exercises of lesson 4: fm, reflect
    dx7             exercises of lesson 11: index_of_level, connect
    sampling        exercises of lesson 5: read_table, cloud
    scores          exercises of lesson 5: beat_times, piano_roll
    strings         exercises of lesson 6: karplus_strong, ring
    effects         exercises of lesson 7: comb, gain_curve
    matching        exercise of lesson 8: spectral_distance
    stretching      exercises of lesson 9: ola, wsola, phase_vocoder
    waves_as_codes  exercises of lesson 10: mu-law, causal convolution, loss
    windowing       exercises of lesson 12: idft, zero_phase_spectrum
    short_time      exercises of lesson 13: centred_stft, window_sum, true_frequency
    sinusoids       exercises of lesson 14: find_peaks, vertex, harmonics
    residuals       exercises of lesson 15: remove_sines, band_envelope, colour
    transforming    exercises of lesson 16: run_phases, keep_timbre, between
    singing         exercise of lesson 18: join_phases
    describing      exercises of lesson 17: centroid, pitch_classes, most_alike
    sets_of_sounds  exercises of lesson 19: inception_score, coverage
    one_by_one      exercises of lesson 20: bigram_loss, halves, frames_before
    notes_as_pictures
                    exercises of lesson 21: note_picture, picture_magnitude,
                    frame_means
    turning_phases  exercises of lesson 22: phase_turns, phases_again
    codes_in_rows   exercises of lesson 23: residual_codes, delay

Every exercise is a list of *properties*: sentences that are true of a right solution,
however it is written. A property that fails prints the smallest input on which it was
seen to fail, and a hint.
"""

import importlib

from dsplab.check.exercise import EXERCISES, check, exercises

LESSONS = (
    "framing spectra voices filtering modulation dx7 sampling scores strings "
    "effects matching stretching waves_as_codes windowing short_time sinusoids "
    "residuals transforming singing describing sets_of_sounds "
    "one_by_one notes_as_pictures turning_phases codes_in_rows"
).split()
for _name in LESSONS:  # in this order the exercises are listed
    importlib.import_module(f"dsplab.check.{_name}")

__all__ = ["EXERCISES", "LESSONS", "check", "exercises"]
