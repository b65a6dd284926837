"""Models that generate single notes and raw audio.

wavenet     WaveNet: one sample after another, by dilated causal convolutions
samplernn   SampleRNN: memories at several clocks
wavernn     WaveRNN: one recurrent layer, samples in two halves
"""
