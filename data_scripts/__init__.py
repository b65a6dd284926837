"""Data that the project makes or fetches by itself; each script may be run again.

make_general_midi  the SoundFont that is shipped, from the synthesizers of `dsplab`
render_notes       notes to learn from, in the format of NSynth
download           NSynth, the Freesound Loop Dataset, VGGish's weights, from the web
fetching           a file over HTTP: resumed, compared, moved into place whole
unpacking          archives of strangers, into a folder and nowhere else
"""
