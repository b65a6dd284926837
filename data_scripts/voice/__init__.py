"""The singer whose recordings the shipped voice is made of: a throat of formants.

throat      phonemes, spoken by filters and noise
word_list   what is recorded, so that every sound meets every other
espeak      espeak-ng in his place, where it is installed
"""
