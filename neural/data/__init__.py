"""Data for the learned models: readers, renderers, batches.

notes    single notes rendered by dsplab, split by (instrument, pitch) pairs
"""
