"""Models that generate single notes and raw audio.

wavenet     WaveNet: one sample after another, by dilated causal convolutions
samplernn   SampleRNN: memories at several clocks
wavernn     WaveRNN: one recurrent layer, samples in two halves
mel_wavernn WaveRNN as a vocoder of mel spectrograms, 16 bits by a mixture of logistics
nsynth_spectral  NSynth's baseline: a picture of a note, its code, another pitch
nsynth_wavenet   NSynth's autoencoder: a WaveNet told what another network heard
sing        SING: from instrument, pitch and velocity to a note, in one pass
progressive_gan  networks that grow with their pictures
gansynth    GANSynth: notes at once, as pictures of loudness and frequency
codec       a neural audio codec: sound as residual vector quantized codes
lapped_codec  a codec without a network: overlapping cosines, k-means
instrumentgen    InstrumentGen: a language model of those codes, told key and sound
"""
