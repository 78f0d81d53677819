"""Further reading: full references, and one sentence on why to read each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One publication.

    Attributes
    ----------
    id : str
    authors, title : str
    where : str
        Journal, proceedings or publisher, with volume and pages.
    year : int
        0 for a web page that gives none.
    why : str
        What it is worth reading for.
    doi, url : str
        "" where there is none that is sure.
    topic : str
        The heading under which it stands.
    """

    id: str
    authors: str
    title: str
    where: str
    year: int
    why: str
    topic: str
    doi: str = ""
    url: str = ""

    @property
    def link(self) -> str:
        """The address under which it is found, or ""."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


START, BPTT, FAR, CURES, BOOKS = (
    "Where to start",
    "Backpropagation Through Time",
    "Why long ways are hard",
    "What helps",
    "Books and surveys",
)
TOPICS = (START, BPTT, FAR, CURES, BOOKS)

READING: tuple[Reference, ...] = (
    Reference(
        "lecture",
        "R. Singh",
        "Recurrent Neural Networks: Training & Back Propagation Through Time",
        "tutorial slides",
        0,
        "The lecture that this app grew from: its symbols, shapes and five steps are used throughout.",
        START,
        url="https://arrsingh.com/ai-tutorials",
    ),
    Reference(
        "lecture-networks",
        "R. Singh",
        "Neural Networks",
        "tutorial slides",
        0,
        "Named by the lecture: from linear regression to networks of any number of layers in matrices.",
        START,
        url="https://arrsingh.com/ai-tutorials",
    ),
    Reference(
        "lecture-backpropagation",
        "R. Singh",
        "Forward and Back Propagation in Neural Networks",
        "tutorial slides",
        0,
        "Named by the lecture: the same chain rule without time, good to know first.",
        START,
        url="https://arrsingh.com/ai-tutorials",
    ),
    Reference(
        "lecture-descent",
        "R. Singh",
        "Gradient Descent for Multiple Regression",
        "tutorial slides",
        0,
        "Named by the lecture: what an update does, on the simplest model.",
        START,
        url="https://arrsingh.com/ai-tutorials",
    ),
    Reference(
        "rumelhart-1986",
        "D. E. Rumelhart, G. E. Hinton, R. J. Williams",
        "Learning representations by back-propagating errors",
        "Nature 323, 533–536",
        1986,
        "Backpropagation in four pages; it already treats a recurrent network as its unrolled equivalent.",
        BPTT,
        doi="10.1038/323533a0",
    ),
    Reference(
        "werbos-1990",
        "P. J. Werbos",
        "Backpropagation through time: what it does and how to do it",
        "Proceedings of the IEEE 78(10), 1550–1560",
        1990,
        "The method with pseudocode and the chain rule for ordered derivatives on which it rests.",
        BPTT,
        doi="10.1109/5.58337",
    ),
    Reference(
        "williams-zipser-1989",
        "R. J. Williams, D. Zipser",
        "A learning algorithm for continually running fully recurrent neural networks",
        "Neural Computation 1(2), 270–280",
        1989,
        "The other way to the same gradient: derivatives are carried forward in time instead of back.",
        BPTT,
        doi="10.1162/neco.1989.1.2.270",
    ),
    Reference(
        "williams-peng-1990",
        "R. J. Williams, J. Peng",
        "An efficient gradient-based algorithm for on-line training of recurrent network trajectories",
        "Neural Computation 2(4), 490–501",
        1990,
        "Truncated Backpropagation Through Time: how far back to look, and how often to do it.",
        BPTT,
        doi="10.1162/neco.1990.2.4.490",
    ),
    Reference(
        "williams-zipser-1995",
        "R. J. Williams, D. Zipser",
        "Gradient-based learning algorithms for recurrent networks and their computational complexity",
        "in Y. Chauvin, D. E. Rumelhart (eds.), Backpropagation: Theory, Architectures, and Applications, "
        "Lawrence Erlbaum, 433–486",
        1995,
        "All the ways to the gradient side by side, with what each costs in time and memory.",
        BPTT,
    ),
    Reference(
        "tframe",
        "W. Ro",
        "BPTT and RTRL",
        "notes of the library tframe",
        0,
        "The gradient of one weight as a lower-triangular table dW(t, τ), a row a loss, a column a use: the "
        "grid of this app, before it.",
        BPTT,
        url="https://github.com/WilliamRo/tframe",
    ),
    Reference(
        "karpathy-2015",
        "A. Karpathy",
        "Minimal character-level language model with a vanilla recurrent neural network, in Python/numpy",
        "gist",
        2015,
        "min-char-rnn: forward, backward loop and Adagrad in some hundred lines.",
        BPTT,
        url="https://gist.github.com/karpathy/d4dee566867f8291f086",
    ),
    Reference(
        "hochreiter-1991",
        "S. Hochreiter",
        "Untersuchungen zu dynamischen neuronalen Netzen",
        "diploma thesis, Technische Universität München",
        1991,
        "Where the vanishing of long terms was first analysed. In German.",
        FAR,
    ),
    Reference(
        "bengio-1994",
        "Y. Bengio, P. Simard, P. Frasconi",
        "Learning long-term dependencies with gradient descent is difficult",
        "IEEE Transactions on Neural Networks 5(2), 157–166",
        1994,
        "Why a state that keeps something safely is a state through which the gradient vanishes.",
        FAR,
        doi="10.1109/72.279181",
    ),
    Reference(
        "pascanu-2013",
        "R. Pascanu, T. Mikolov, Y. Bengio",
        "On the difficulty of training recurrent neural networks",
        "ICML 2013, PMLR 28(3), 1310–1318",
        2013,
        "The sum of terms that this app draws, the bound, the cliff, and clipping by norm.",
        FAR,
        url="https://proceedings.mlr.press/v28/pascanu13.html",
    ),
    Reference(
        "hochreiter-1997",
        "S. Hochreiter, J. Schmidhuber",
        "Long short-term memory",
        "Neural Computation 9(8), 1735–1780",
        1997,
        "A cell whose memory hands its error back unchanged, and the first form of the adding task.",
        CURES,
        doi="10.1162/neco.1997.9.8.1735",
    ),
    Reference(
        "gers-2000",
        "F. A. Gers, J. Schmidhuber, F. Cummins",
        "Learning to forget: continual prediction with LSTM",
        "Neural Computation 12(10), 2451–2471",
        2000,
        "The forget gate, which the LSTM here has.",
        CURES,
        doi="10.1162/089976600300015015",
    ),
    Reference(
        "cho-2014",
        "K. Cho, B. van Merriënboer, C. Gulcehre, D. Bahdanau, F. Bougares, H. Schwenk, Y. Bengio",
        "Learning phrase representations using RNN encoder–decoder for statistical machine translation",
        "EMNLP 2014, 1724–1734",
        2014,
        "The GRU in the form that is used here, and an encoder with a decoder.",
        CURES,
        doi="10.3115/v1/D14-1179",
    ),
    Reference(
        "chung-2014",
        "J. Chung, C. Gulcehre, K. Cho, Y. Bengio",
        "Empirical evaluation of gated recurrent neural networks on sequence modeling",
        "NIPS 2014 workshop on deep learning, arXiv:1412.3555",
        2014,
        "GRU and LSTM side by side; its update gate takes the new state, that of Cho et al. keeps the old.",
        CURES,
        url="https://arxiv.org/abs/1412.3555",
    ),
    Reference(
        "sutskever-2014",
        "I. Sutskever, O. Vinyals, Q. V. Le",
        "Sequence to sequence learning with neural networks",
        "NIPS 2014, arXiv:1409.3215",
        2014,
        "What “sequence to sequence” mostly means elsewhere: an encoder and a decoder.",
        CURES,
        url="https://arxiv.org/abs/1409.3215",
    ),
    Reference(
        "jozefowicz-2015",
        "R. Jozefowicz, W. Zaremba, I. Sutskever",
        "An empirical exploration of recurrent network architectures",
        "ICML 2015, PMLR 37, 2342–2350",
        2015,
        "Where a bias of 1 for the forget gate of the LSTM is recommended, after trying thousands of cells.",
        CURES,
        url="https://proceedings.mlr.press/v37/jozefowicz15.html",
    ),
    Reference(
        "glorot-2010",
        "X. Glorot, Y. Bengio",
        "Understanding the difficulty of training deep feedforward neural networks",
        "AISTATS 2010, PMLR 9, 249–256",
        2010,
        "The start that is called Xavier here, made for layers one above the other.",
        CURES,
        url="https://proceedings.mlr.press/v9/glorot10a.html",
    ),
    Reference(
        "arjovsky-2016",
        "M. Arjovsky, A. Shah, Y. Bengio",
        "Unitary evolution recurrent neural networks",
        "ICML 2016, PMLR 48, 1120–1128",
        2016,
        "Recurrent weights that keep every length as they learn, and the adding task in the form used here.",
        CURES,
        url="https://arxiv.org/abs/1511.06464",
    ),
    Reference(
        "saxe-2014",
        "A. M. Saxe, J. L. McClelland, S. Ganguli",
        "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
        "ICLR 2014, arXiv:1312.6120",
        2014,
        "Why an orthogonal start keeps gradients alive, worked out for deep linear networks.",
        CURES,
        url="https://arxiv.org/abs/1312.6120",
    ),
    Reference(
        "le-2015",
        "Q. V. Le, N. Jaitly, G. E. Hinton",
        "A simple way to initialize recurrent networks of rectified linear units",
        "arXiv:1504.00941",
        2015,
        "The identity start with ReLU, tried on adding.",
        CURES,
        url="https://arxiv.org/abs/1504.00941",
    ),
    Reference(
        "kingma-2015",
        "D. P. Kingma, J. Ba",
        "Adam: a method for stochastic optimization",
        "ICLR 2015, arXiv:1412.6980",
        2015,
        "The optimiser that is used here, with its bias correction.",
        CURES,
        url="https://arxiv.org/abs/1412.6980",
    ),
    Reference(
        "goodfellow-2016",
        "I. Goodfellow, Y. Bengio, A. Courville",
        "Deep Learning, chapter 10: Sequence modeling: recurrent and recursive nets",
        "MIT Press",
        2016,
        "The textbook chapter, with the gradient of a recurrent network worked out in columns.",
        BOOKS,
        url="https://www.deeplearningbook.org/contents/rnn.html",
    ),
    Reference(
        "d2l-2023",
        "A. Zhang, Z. C. Lipton, M. Li, A. J. Smola",
        "Dive into Deep Learning, chapter 9: Recurrent neural networks",
        "Cambridge University Press",
        2023,
        "A textbook in code; its section on BPTT writes the gradient as a sum of products, too.",
        BOOKS,
        url="https://d2l.ai/chapter_recurrent-neural-networks/bptt.html",
    ),
    Reference(
        "cs231n-2016",
        "F.-F. Li, A. Karpathy, J. Johnson",
        "CS231n: Convolutional neural networks for visual recognition, assignment 3",
        "Stanford University",
        2016,
        "A recurrent network to be written step by step, forward and back, with a check for each function.",
        BOOKS,
        url="https://cs231n.stanford.edu",
    ),
    Reference(
        "ng-2018",
        "A. Ng, K. Katanforoosh, Y. Bensouda Mourri",
        "Sequence models, week 1: Building your recurrent neural network step by step",
        "deeplearning.ai, Coursera",
        2018,
        "The same loop from columns; it starts from a given ∂L/∂a instead of a loss.",
        BOOKS,
        url="https://www.coursera.org/learn/nlp-sequence-models",
    ),
    Reference(
        "russell-norvig",
        "S. Russell, P. Norvig",
        "Artificial Intelligence: A Modern Approach",
        "Pearson, 4th edition",
        2020,
        "The textbook that the lecture recommends: where learning stands in the whole field.",
        BOOKS,
    ),
)


def reference(name: str) -> Reference:
    """Return the reference of this id; ValueError if there is none."""
    for one in READING:
        if one.id == name:
            return one
    raise ValueError(f"reference: got {name!r}, expected one of {', '.join(each.id for each in READING)}")


def cited(one: Reference) -> str:
    """Return a reference as one line of Markdown, with its link."""
    year = f", {one.year}" if one.year else ""
    named = (one.doi and f"doi:{one.doi}") or one.url.removeprefix("https://")
    link = f" [{named}]({one.link})" if one.link else ""
    return f"{one.authors}. *{one.title}*. {one.where}{year}.{link}"
