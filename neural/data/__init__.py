"""Data for the learned models: readers, renderers, batches.

notes      single notes rendered by dsplab, split by (instrument, pitch) pairs
nsynth     the NSynth data set, and sets in its format that we render ourselves
note_set   notes of such sets in memory, at a model's own rate and length
bank_notes  a note of the bank that comes along, by name
captions   such notes in words, out of what their set says of them
excerpts   such notes cut short, dull and noisy, as a classifier may meet them
nsynth_records  the same as TFRecord files
archives   files inside a .tar.gz, read without unpacking it
protocol_buffers  the messages in them
tfrecord   TFRecord files of tf.train.Example, without TensorFlow
order      which examples a training step takes, as a function of (seed, step)
sounds     a folder of sound files
fsld       the Freesound Loop Dataset, with its annotations
effect_pairs  sounds before and after an effect, and its knobs
aligned_midi  recordings and the MIDI files of what is played
labelled   sounds with labels, such as the style of a loop
one_bar    loops cut into bars of the same tempo
log_spectra  the pictures that published models learned from, settings by name
loop_mel, vggish_mel  two forms of them
spectra    a folder of sounds as such pictures, with mean and deviation of each band
feature_cache  features computed once and kept on disk
checksum   CRC-32C, which they are guarded by
"""
