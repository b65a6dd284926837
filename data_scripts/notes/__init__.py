"""Notes to learn from: instruments, and what is said about their notes.

instruments    from a SoundFont, or from the synthesizers of `dsplab`
qualities      bright, percussive ...: measured
"""
