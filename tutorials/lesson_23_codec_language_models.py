# %% [markdown]
# # 23. Codec language models
#
# You need vectors and distances, probabilities and their logarithms, and lesson 10: a
# network that predicts the next number. By the end you have built a codec that turns a
# note into a few small numbers and back, know in which order a model writes them, and
# ask one for instruments in words.
#
# ## Listen
#
# Nobody recorded these. A network was told a text and a key, and wrote 256 small
# numbers for each note; a codec, such as you are going to build, turned them into
# sound.

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np
from scipy.cluster.vq import kmeans2

# %%
import neural
from dsplab.check import check
from dsplab.show import play
from neural.data import notes
from neural.data.bank_notes import bank_notes
from neural.notes import lapped_codec as codec
from neural.recipes import instrumentgen as recipe

# %%
params, config = neural.pretrained("instrumentgen")
tune, write = np.array([60, 64, 67, 72]), recipe.play


def asked(text, pitch=tune, seed=0, **options):
    told = {"pitch": pitch, "embedding": recipe.read(text)}
    x, _ = write(params, config, jax.random.key(seed), **told, **options)
    return x / np.abs(x).max() / 2


# %%
sample_rate = config.sample_rate
harp = asked("bright plucked string")
play(harp.ravel(), sample_rate, title="bright plucked string")

# %%
play(asked("dark sustained organ").ravel(), sample_rate, title="dark sustained organ")

# %% [markdown]
# ## Look
#
# The numbers of one note. Each column is a frame of 16 ms, each row a *codebook*: a
# list of 256 vectors, of which the code says which one is meant. Four codes a frame,
# 8 bits each, 62.5 frames a second: 2000 bits a second, where the samples themselves
# have 128 000.

# %% alt="Four rows of 64 coloured cells that change from frame to frame"
(codec_params, codec_config), _ = recipe.companions()
codes = np.asarray(codec.encode(codec_params, harp[:1], codec_config))[0]
plt.figure(figsize=(9, 2))
plt.imshow(codes, aspect="auto", cmap="twilight", interpolation="nearest")
plt.gca().set(xlabel="frame", ylabel="codebook", yticks=range(4))
plt.colorbar(label="code")
plt.show()

# %% [markdown]
# Now the same note from the first codebook alone, from the first two, from all four.

# %%
heard = [codec.decode(codec_params, codes[None, :n], codec_config) for n in (1, 2, 4)]
play(np.concatenate(heard, axis=None), sample_rate, title="1, 2, 4 codebooks")

# %% [markdown]
# ## Derive
#
# **Vector quantisation.** A frame is a vector $x$. Instead of it we send the number of
# the nearest of $K$ vectors $b_i$: $\log_2 K$ bits. For 32 bits a frame there would be
# four billion vectors to learn, and to search.
#
# **Residual vector quantisation.** Send the number of the nearest of 256 vectors; then
# that of the nearest of 256 others to what is *left over*, and so on, four times:
#
# $$ r_0 = x, \qquad c_k = \arg\min_i |r_{k} - b^{(k)}_i|^2, \qquad
#    r_{k+1} = r_k - b^{(k)}_{c_k}, \qquad x \approx \sum_k b^{(k)}_{c_k}. $$
#
# Again 32 bits, but $4 \cdot 256$ vectors. What one reads of the codes one can stop
# reading anywhere, as you have just heard.
#
# **A language of codes.** A model of language gives the probability of a text as a
# product, each word given those before it. Here the words are codes. In which order?
# Frame by frame, $K$ codes in each, takes $K T$ steps. All codes of a frame at once
# takes $T$, but then the second codebook's code is drawn without knowing the first
# one's, whose remainder it is supposed to describe. The **delay pattern** writes
# codebook $k$ of a frame $k$ steps later: $T + K - 1$ steps, and each code knows those
# of the codebooks before it.
#
# **Guidance.** A model that is told something, $c$, and sometimes in training nothing,
# gives two sets of logits. Asked to exaggerate what $c$ changes, by a factor $s$,
#
# $$ \ell = \ell_u + s\,(\ell_c - \ell_u), \qquad\text{that is}\qquad
#    p \propto p_u \left(\frac{p_c}{p_u}\right)^{s}. $$
#
# ## Implement
#
# **Exercise 1.** `residual_codes(x, codebooks)`: the codes of one vector;
# `codebooks` is an array (n, rows, d).


# %% tags=["solution"]
def residual_codes(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(np.argmin(((x - book) ** 2).sum(axis=1)))
        x = x - book[codes[-1]]
    return codes


# %% tags=["check"]
check("residual_codes", residual_codes)

# %% [markdown]
# **Exercise 2.** `delay(codes, nothing)`: row $k$ of `codes` (n, T) begins $k$ columns
# late, `nothing` fills the rest.


# %% tags=["solution"]
def delay(codes, nothing):
    n, length = codes.shape
    rows = np.full((n, length + n - 1), nothing)
    for k in range(n):
        rows[k, k : k + length] = codes[k]
    return rows


# %% tags=["check"]
check("delay", delay)

# %% [markdown]
# ## Check
#
# With your `residual_codes` we build the codec that you heard, with smaller codebooks.
# What is quantised is not samples but a *lapped transform*: frames of 256 samples that
# overlap by half, a window, and 128 cosines, which undoes itself when frames are added
# up (the MDCT of every music format). A *neural* codec learns this part, too: layers of
# convolutions in place of the cosines, and a decoder that puts what is likely in place
# of what was lost (`neural.notes.codec`).

# %%
H = 128
n, k = np.arange(2 * H)[:, None], np.arange(H)
window = np.sin(np.pi * (n + 0.5) / (2 * H))
cosines = np.cos(np.pi / H * (n + 0.5 + H / 2) * (k + 0.5))
basis = np.sqrt(2 / H) * window * cosines


# %%
def forward(x):
    x = np.pad(x, H)
    return np.stack([x[i : i + 2 * H] for i in range(0, len(x) - H, H)]) @ basis


def back(X):
    y = np.zeros((len(X) + 1) * H)
    for i, frame in enumerate(X @ basis.T):
        y[i * H : i * H + 2 * H] += frame
    return y[H:-H]


# %%
size = {"batch_size": 120, "n_samples": 4096}
made = notes.batch(0, 0, sample_rate=8000, hop_length=64, **size)
x = made["x"]
print("there and back:", np.abs(back(forward(x[0])) - x[0]).max())

# %% [markdown]
# The codebooks are learned one after the other by k-means, each on what the ones before
# leave over.

# %%
frames = np.concatenate([forward(row) for row in x[:80]])
rest, books = frames.copy(), []
for number in range(4):
    rows, chosen = kmeans2(rest, 64, minit="points", iter=12, seed=number)
    books.append(rows)
    rest = rest - rows[chosen]
    left = (rest**2).sum() / (frames**2).sum()
    print(f"{number + 1} codebooks: {left:.3f} left over")


# %%
def coded(x, books):
    return np.array([residual_codes(frame, books) for frame in forward(x)]).T


def decoded(codes, books):
    return back(sum(book[row] for book, row in zip(books, codes, strict=True)))


unheard = x[100]
by_hand = [decoded(coded(unheard, books[:n]), books[:n]) for n in (1, 2, 4)]
play(0.8 * np.concatenate([unheard, *by_hand]), 8000, title="a note; 1, 2, 4 codebooks")

# %% alt="What is left falls with each codebook, ever less"
left = [((y - unheard) ** 2).sum() / (unheard**2).sum() for y in by_hand]
plt.figure(figsize=(5, 2.6))
plt.plot([1, 2, 4], 10 * np.log10(left), "o-")
plt.gca().set(xlabel="codebooks", ylabel="energy left, dB")
plt.grid()
plt.show()

# %% [markdown]
# So 24 bits a frame in four codebooks of 64 rows. One codebook of as many bits would
# have 16 million rows. With nine bits the comparison can still be made: one codebook of
# 512 rows, or one of 64 and then one of 8.


# %%
def left_over(books):
    some = frames[::10]
    rest = [x - sum(b[c] for b, c in zip(books, residual_codes(x, books), strict=True))
            for x in some]  # fmt: skip
    return np.square(rest).sum() / np.square(some).sum()


one, _ = kmeans2(frames, 512, minit="points", iter=8, seed=0)
first_rest = frames - books[0][((frames[:, None] - books[0]) ** 2).sum(-1).argmin(1)]
two = [books[0], kmeans2(first_rest, 8, minit="points", iter=8, seed=0)[0]]
print(f"512 rows: {left_over([one]):.3f}; 64 and 8: {left_over(two):.3f} left over")

# %% [markdown]
# The long codebook leaves less, for its rows may lie anywhere, and those of the pair
# only where a sum of two lies. But it has 512 rows to learn where the pair has 72, and
# each further bit doubles that.
#
# **A model of language, by counting.** How often does code $b$ follow code $a$ in the
# first codebook? Count it once for all notes (nothing told) and once for each of the
# four instruments (told), and guide.

# %%
texts = np.array([coded(row, books[:1])[0] for row in x])
instrument = made["instrument"]


def counts(rows):
    found = np.full((64, 64), 0.02)
    np.add.at(found, (rows[:, :-1], rows[:, 1:]), 1.0)
    return found / found.sum(axis=1, keepdims=True)


untold = np.log(counts(texts))
told = {k: np.log(counts(texts[instrument == k])) for k in range(4)}


# %%
def guided(name, s):
    logits = untold + s * (told[notes.NAMES.index(name)] - untold)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


# %% alt="Three sparse matrices, each with fewer cells that are bright than the last"
figure, panels = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True)
for ax, s in zip(panels, (0, 1, 3), strict=True):
    ax.imshow(guided("organ", s), vmax=0.5, cmap="magma", interpolation="nearest")
    ax.set(title=f"told organ, s = {s}", xlabel="next code")
panels[0].set(ylabel="code")
plt.show()

# %% [markdown]
# $s = 0$ is what all notes do, $s = 1$ what the organ does. $s = 3$ keeps what the
# organ does *more than others*, and hardly anything else: closer to what was asked for,
# and less varied. What a transformer adds is memory: it looks at all codes before, not
# at one, and at all codebooks.
#
# ## Play
#
# The shipped model is one of 478 thousand parameters, and it was told keys, velocities
# and the vectors of captions and sounds, for six minutes. It learned keys first: told
# captions of instruments that it never heard, nine of ten notes are at the pitch asked
# for. Words came later: a judge hears the family that was asked for in 36 % of them, in
# 19 % if the caption was another's, in 50 % of real notes that the codec wrote down. A
# larger and longer training is what the paper has. First the same words four times,
# with another throw of the dice.

# %%
many = asked("plucked string", pitch=np.full(4, 60))
play(many.ravel(), sample_rate, title="plucked string, four times")

# %% [markdown]
# Now guidance: the same words with $s$ = 2, 4 and 8.

# %%
pushed = [asked("bright sustained brass", guidance=s)[:2] for s in (2.0, 4.0, 8.0)]
play(np.concatenate(pushed, axis=None), sample_rate, title="s = 2, 4, 8")

# %% [markdown]
# A sound instead of words: the model is told a note of a guitar. How much of it can be
# heard in the answer?

# %%
x = bank_notes("guitar", 60, sample_rate=8000, n_samples=8192)[0]
z = recipe.listen_to(x, 8000)
y, _ = recipe.play(params, config, jax.random.key(0), pitch=tune, embedding=z)
play(np.concatenate([x, y.ravel()]), sample_rate, title="a guitar, and the answer")

# %% [markdown]
# And an instrument to play: every second key of two octaves, the same words, and the
# keys laid out over time.

# %%
keys = np.arange(48, 72, 2).reshape(3, 4)
board = np.stack([asked("warm mellow keyboard", pitch=four) for four in keys])
play(board[..., :3200].ravel(), sample_rate, title="two octaves of it")

# %% [markdown]
# `neural generate instrumentgen --text "bright plucked string" --pitch 60 out.wav` does
# the same at the command line, `--audio file.wav` takes a sound of yours.
#
# ## Exercises
#
# * **3** (change and run). Describe five instruments that there are, and five that
#   there are not ("bowed bell"). Which words does the model know? The list is in
#   `neural.data.captions`: what happens with words that are not on it?
# * **4** (change and run). `temperature=0.2`, then 1.2. What becomes of sustained
#   notes, and why do likeliest codes not make a likely note?
# * **5** (measure). Train the codec by hand with 1, 2, 4, 8 codebooks of 64 rows. How
#   many decibels does each halving of what is left over cost in bits? Compare with 6 dB
#   a bit, of samples.
# * **6** (program). `undelay(y, n)`: `undelay(delay(codes, -1), n)` is `codes`.
# * **7** (program). Write a sentence of your counting model: draw 64 codes, decode
#   them. It has no memory; what do you hear?
# * **8** (think). Codebook 2 is drawn one step after codebook 1. Would the *reverse*
#   delay, coarse codes last, be as good?
# * **9** (prove). Guided probabilities are $p_c^s\,p_u^{1-s}$ up to a factor. With
#   Bayes: it is as if the listener's $p(c\,|\,x)$ had been counted $s$ times.

# %% [markdown] tags=["solution"]
# **Answers.** *3.* Words of its captions only; a word none of whose parts occurs in
# them adds nothing to the text. *4.* The likeliest next code of a held note is often
# the one that repeats or falls silent: small risks never taken add up to a note that
# never moves. *5.* Each codebook leaves less of its rest than the one before: the rest
# looks more and more like noise, which has no structure to save bits with. *6.*
# `np.stack([row[k : k + y.shape[1] - n + 1] for k, row in enumerate(y)])`. *7.* Frames
# that fit their neighbours and nothing beyond: a burble. *8.* No: a rest can only be
# described when what it is the rest of is known. *9.* $p_c \propto p_u\,p(c|x)$, so
# $p_u (p_c / p_u)^s \propto p_u\,p(c|x)^s$.
