"""How good is a model? Measures that need no listener.

features           what a set of features or probabilities must look like
entropy            what counting alone would achieve on a sequence of codes
inception_score    sure about each sound, and every class is there
frechet            distance of two sets, each taken for a Gaussian; in blocks
neighbours         distances of all rows of two sets, in blocks
precision_recall   do sounds lie among real ones, and real ones among them
density_coverage   the same, robust against outliers
ndb                bins of a training set that are too full or too empty; JSD
pitch_accuracy     does a note have the pitch that was asked for
morphs             is the way between two codes a way for the ear
note_scores        what the project's classifiers say of a folder of notes
loop_scores        the same of a folder of drum loops
vggish             the network behind the Frechet audio distance, and its weights
tensorflow_checkpoint
                   tensors out of a file of TensorFlow's, without TensorFlow
spectral_distance  sound against sound, through several windows; differentiable
codec_baselines    what a codec must beat at its bit rate: mu-law, components
embeddings         what the measures of sets listen with: VGGish, classifiers,
                   mel statistics, yours
folders            two folders of sounds compared; the Frechet audio distance
command            the same at the shell: neural evaluate
"""
