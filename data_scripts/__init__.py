"""Data that the project makes or fetches by itself; each script may be run again.

make_general_midi  the SoundFont that is shipped, from the synthesizers of `dsplab`
"""
