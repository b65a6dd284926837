"""Make vggish_tiny.ckpt and vggish_tiny.npz with TensorFlow (2.21 was used).

    python make_vggish_checkpoint.py        in this folder; needs TensorFlow

A narrow VGGish, built of TensorFlow's own operations as its published definition is, is
saved in the format of one file in which the real weights were published, and what it
makes of two patches beside it. The reader and the network are tested against both.
"""

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
tf1.disable_eager_execution()
R = np.random.RandomState
CHANNELS = (3, 4, 5, 5, 6, 6)
NAMES = "conv1 conv2 conv3/conv3_1 conv3/conv3_2 conv4/conv4_1 conv4/conv4_2".split()
POOLED = {"conv1", "conv2", "conv3/conv3_2", "conv4/conv4_2"}


def variable(name, shape, seed):
    """A variable of random numbers, float32; what it is used as, float64."""
    scale = np.sqrt(2.0 / np.prod(shape[:-1])) if len(shape) > 1 else 0.1
    values = (scale * R(seed).randn(*shape)).astype(np.float32)
    return tf.cast(tf1.get_variable(f"vggish/{name}", initializer=values), tf.float64)


patches = R(0).randn(2, 96, 64)
net, n_in, seed = tf.constant(patches)[..., None], 1, 0
for name, n_out in zip(NAMES, CHANNELS, strict=True):
    weights = variable(f"{name}/weights", (3, 3, n_in, n_out), seed + 1)
    biases = variable(f"{name}/biases", (n_out,), seed + 2)
    net = tf.nn.relu(tf.nn.conv2d(net, weights, 1, "SAME") + biases)
    if name in POOLED:
        net = tf.nn.max_pool2d(net, 2, 2, "SAME")
    n_in, seed = n_out, seed + 2
net, n_in = tf.reshape(net, (2, 144)), 144
for name, n_out in (("fc1/fc1_1", 8), ("fc1/fc1_2", 8), ("fc2", 7)):
    weights = variable(f"{name}/weights", (n_in, n_out), seed + 1)
    biases = variable(f"{name}/biases", (n_out,), seed + 2)
    net = net @ weights + biases
    net = net if name == "fc2" else tf.nn.relu(net)
    n_in, seed = n_out, seed + 2
tf1.get_variable("double", initializer=R(90).randn(5, 2))
tf1.get_variable("step", initializer=np.int64(-3))
tf1.get_variable("ints", initializer=np.array([[1, -2, 300000]], np.int32))
tf1.get_variable("truth", initializer=np.array([True, False]))
tf1.get_variable("empty", initializer=np.zeros((0, 3), np.float32))
with tf1.Session() as session:
    session.run(tf1.global_variables_initializer())
    saver = tf1.train.Saver(write_version=1)
    saver.save(session, "vggish_tiny.ckpt", write_meta_graph=False, write_state=False)
    embeddings = session.run(net)
np.savez_compressed("vggish_tiny.npz", embeddings=embeddings)
