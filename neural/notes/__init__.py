"""Models that generate single notes and raw audio.

wavenet     WaveNet: one sample after another, by dilated causal convolutions
"""
