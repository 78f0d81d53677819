"""Words and symbols of start values, training, checking and data."""

from rnnviz.story.entries.entry import CHAIN, CHECK, FLOW, HOME, TRAINING, UNROLLED, Entry

START = (
    Entry(
        "start-values",
        "start values",
        "The parameters before the first update, drawn from the seed. All biases start at 0 unless a start "
        "bias is set.",
        code="initialise",
        aliases=("initialisation",),
        see=(CHAIN, TRAINING),
        related=("xavier", "orthogonal-start", "identity-start", "normal-start", "nonnormal-start", "seed"),
    ),
    Entry(
        "xavier",
        "Xavier",
        "A start in which every entry is uniform within a limit that shrinks with the size of the matrix. "
        "Made by Xavier Glorot and Bengio in 2010 for layers one above the other: of a recurrent matrix it "
        "sets no spectral radius.",
        symbol=r"\pm\sqrt{6 / (\mathrm{rows} + \mathrm{columns})}",
        code="xavier",
        aliases=("Glorot", "Xavier start"),
        see=(FLOW,),
        related=("start-values",),
    ),
    Entry(
        "orthogonal-start",
        "orthogonal",
        "A start in which Wₕ₁ keeps every length: its singular values are all 1.",
        code="orthogonal",
        aliases=("orthogonal start", "orthogonal matrix"),
        see=(FLOW,),
        related=("start-values", "singular-value", "normal-matrix"),
    ),
    Entry(
        "identity-start",
        "identity start",
        "A start in which Wₕ₁ is the unit matrix. With ReLU, a unit that stays on hands its error back "
        "unchanged.",
        code='scheme="identity"',
        aliases=("unit matrix", "starts as the identity"),
        see=(FLOW,),
        related=("start-values", "relu"),
    ),
    Entry(
        "normal-start",
        "normal start",
        "A start in which all entries are normal with variance 1 / rows: the spectral radius of a large Wₕ₁ "
        "is near 1.",
        code='scheme="normal"',
        see=(FLOW,),
        related=("start-values", "spectral-radius"),
    ),
    Entry(
        "nonnormal-start",
        "non-normal chain",
        "A start in which Wₕ₁ has 1 on its diagonal and ½ beside it, so that each unit also feeds the next.",
        code='scheme="nonnormal"',
        see=(FLOW,),
        related=("start-values", "transient-growth", "normal-matrix"),
    ),
    Entry(
        "input-scale",
        "input scale",
        "A number that multiplies W₁ after initialisation; large inputs saturate tanh and sigmoid units.",
        code="input_scale",
        see=(FLOW,),
        related=("W1", "saturation"),
    ),
    Entry(
        "start-bias",
        "start bias",
        "The start value of every hidden bias. Far from 0 it pushes tanh and sigmoid units to their flat "
        "end.",
        code="bias",
        aliases=("start bias β₁",),
        see=(FLOW,),
        related=("b1", "saturation"),
    ),
    Entry(
        "seed",
        "seed",
        "A whole number from which start values and data are drawn. The same seed gives the same numbers.",
        code="seed",
        see=(FLOW, TRAINING),
        related=("start-values",),
    ),
)

LEARNING = (
    Entry(
        "epoch",
        "epoch",
        "One forward pass, one gradient and one update on the whole batch. It is called an epoch because all "
        "sequences are used at once; What cures it counts updates instead.",
        code="epoch",
        aliases=("epochs", "training step"),
        see=(TRAINING,),
        related=("update", "full-batch"),
    ),
    Entry(
        "full-batch",
        "full batch",
        "Every update uses all sequences, without shuffling. In What cures it alone an update uses the next "
        "64 of 1024.",
        see=(TRAINING,),
        related=("batch", "epoch"),
    ),
    Entry(
        "update",
        "update",
        "The change of the parameters, made after the whole gradient is known, by the rule of the optimiser. "
        "Plain gradient descent goes against the gradient; Adam's step has another length and direction.",
        symbol=r"\theta' = \theta + \Delta\theta",
        shape="shape of θ",
        code="updates",
        aliases=("updates", "parameter update", "step against the gradient", "plain step", "ΔW"),
        see=(TRAINING, HOME),
        related=("learning-rate", "optimiser", "gradient-descent"),
    ),
    Entry(
        "learning-rate",
        "learning rate",
        "What the gradient is multiplied by to give the step; it is not the step's length. Adam scales each "
        "entry first. It stays the same over all epochs.",
        symbol=r"\eta",
        code="learning_rate",
        aliases=("η", "rate", "learning rate η"),
        see=(TRAINING,),
        related=("update", "optimiser"),
    ),
    Entry(
        "optimiser",
        "optimiser",
        "The rule that turns a gradient into an update: plain gradient descent, momentum or Adam.",
        code="optimiser",
        aliases=("optimizer",),
        see=(TRAINING,),
        related=("gradient-descent", "momentum", "adam"),
    ),
    Entry(
        "gradient-descent",
        "gradient descent",
        "The plainest optimiser: minus learning rate times gradient.",
        symbol=r"\Delta\theta = -\eta\, g",
        code='optimiser="sgd"',
        aliases=("plain gradient descent", "sgd", "plain descent", "descent"),
        see=(TRAINING, FLOW),
        related=("update", "momentum", "adam"),
    ),
    Entry(
        "momentum",
        "momentum",
        "An optimiser that keeps a velocity: 0.9 of the last one plus the gradient. It starts at 0, so the "
        "first step is the plain one.",
        symbol=r"v \leftarrow 0.9\,v + g, \quad \Delta\theta = -\eta\,v",
        shape="shape of θ",
        code='optimiser="momentum"',
        aliases=("velocity",),
        see=(TRAINING,),
        related=("optimiser", "adam"),
    ),
    Entry(
        "adam",
        "Adam",
        "An optimiser that divides a running mean of the gradient by the root of a running mean of its "
        "square, entry by entry: decay 0.9 and 0.999, ε = 1e−8, both means corrected for their start. No "
        "weight decay.",
        symbol=r"\Delta\theta = -\eta\,\hat{m} / (\sqrt{\hat{v}} + \epsilon)",
        shape="shape of θ",
        code='optimiser="adam"',
        aliases=("first moment", "second moment", "bias correction", "m̂", "v̂"),
        see=(TRAINING,),
        related=("optimiser", "momentum"),
    ),
    Entry(
        "update-ratio",
        "update ÷ parameter",
        "How far a parameter moves in one epoch, as a part of its own length. About 0.001 is a usual size.",
        see=(TRAINING,),
        related=("update", "norm"),
    ),
    Entry(
        "overflow",
        "overflow",
        "A number beyond about 1.8e308, the largest that a 64-bit float holds. Training stops there and says "
        "so.",
        aliases=("not finite", "NaN", "finite", "overflows", "infinite", "infinity"),
        see=(TRAINING, FLOW),
        related=("exploding", "float64"),
    ),
    Entry(
        "overfitting",
        "overfitting",
        "A loss that is low on the training sequences and not on held-out ones: the network fits what it was "
        "shown and nothing else. That is not the same as not learning; more sequences help.",
        aliases=("overfit", "overfits", "memorising"),
        see=(FLOW, TRAINING),
        related=("held-out", "best-constant"),
    ),
    Entry(
        "pinned",
        "pinned run",
        "A run that stays beside the present one, so that one changed setting can be compared.",
        aliases=("pin", "pinned", "unpin"),
        see=(TRAINING,),
        related=("epoch",),
    ),
    Entry(
        "path-of-training",
        "path over the loss",
        "The way of all parameters on the plane in which they spread most, from the start to the end.",
        aliases=("principal component", "main directions", "plane"),
        see=(TRAINING,),
        related=("loss-surface",),
    ),
)

CHECKING = (
    Entry(
        "gradient-check",
        "gradient check",
        "Comparing a computed gradient with something that cannot share its mistakes, such as differences of "
        "the loss.",
        code="check_gradients",
        aliases=("check", "checks"),
        see=(CHECK,),
        related=("central-difference", "complex-step", "mistake", "relative-error"),
    ),
    Entry(
        "central-difference",
        "central difference",
        "The loss a little above minus the loss a little below, over twice that little. Its error falls with "
        "ε² until rounding takes over.",
        symbol=r"\frac{L(\theta + \epsilon) - L(\theta - \epsilon)}{2\,\epsilon}",
        aliases=("central differences", "differences", "difference of the loss"),
        see=(CHECK, CHAIN),
        related=("complex-step", "epsilon", "one-sided"),
    ),
    Entry(
        "one-sided",
        "one-sided difference",
        "The loss a little above minus the loss itself, over that little. Its error falls only with ε.",
        symbol=r"\frac{L(\theta + \epsilon) - L(\theta)}{\epsilon}",
        see=(CHECK,),
        related=("central-difference",),
    ),
    Entry(
        "complex-step",
        "complex step",
        "A derivative from a tiny imaginary step of h = 1e−100. Nothing is subtracted, so it is exact to "
        "rounding, and it knows no chain rule.",
        symbol=r"\frac{\mathrm{Im}\, L(\theta + i h)}{h}",
        see=(CHECK, CHAIN),
        related=("central-difference", "gradient-check"),
    ),
    Entry(
        "epsilon",
        "ε",
        "The small change in a difference quotient, 1e−6 unless another is drawn.",
        symbol=r"\epsilon",
        aliases=("epsilon",),
        see=(CHECK,),
        related=("central-difference",),
    ),
    Entry(
        "relative-error",
        "relative error",
        "A difference divided by the largest entry of what is compared.",
        aliases=("largest difference", "tolerance"),
        see=(CHECK, CHAIN),
        related=("residual", "gradient-check"),
    ),
    Entry(
        "residual",
        "residual",
        "What is left when two numbers that should agree are subtracted. It is shown, never hidden by "
        "rounding.",
        see=(CHAIN, CHECK),
        related=("float64", "relative-error"),
    ),
    Entry(
        "mistake",
        "mistake",
        "One wrong line in a copy of the backward loop, to see which check finds it. The engine itself stays "
        "right.",
        aliases=("classic mistake", "mistakes", "broken gradient"),
        see=(CHECK,),
        related=("gradient-check", "backward-loop"),
    ),
    Entry(
        "float64",
        "double precision",
        "The kind of number all of this is computed in: 64 bits, about 16 significant digits, smallest step "
        "2.2e−16 at 1.",
        code="float64",
        aliases=("64-bit float", "rounding", "rounded", "every digit"),
        see=(CHECK, CHAIN),
        related=("residual", "overflow"),
    ),
)

DATA = (
    Entry(
        "preset",
        "preset",
        "A named experiment; every other setting starts from it.",
        aliases=("experiment",),
        see=(HOME, FLOW),
        related=("seed",),
    ),
    Entry(
        "task",
        "task",
        "What the network has to learn: where inputs and targets come from.",
        see=(TRAINING, UNROLLED),
        related=("adding", "echo", "parity", "recall", "next-character", "sunspots", "sentiment"),
    ),
    Entry(
        "one-hot",
        "one-hot",
        "A class or a character written as a row of zeros with a single 1.",
        aliases=("class", "classes", "label"),
        see=(UNROLLED,),
        related=("input", "target", "softmax"),
    ),
    Entry(
        "adding",
        "adding",
        "A task: add the two marked numbers of a long sequence. They lie from 0 to 1, so the best constant "
        "answer is off by 1/6 = 0.167 squared, halved to 0.083 by the ½ of the loss. Hochreiter and "
        "Schmidhuber (1997) had −1 to 1 and the target ½ + sum/4.",
        aliases=("marked numbers",),
        see=(FLOW, TRAINING),
        related=("task", "best-constant"),
    ),
    Entry(
        "echo",
        "echo",
        "A task: repeat the symbol that was read a few steps ago.",
        see=(FLOW, TRAINING),
        related=("task", "lag"),
    ),
    Entry(
        "parity",
        "parity",
        "A task: is the number of ones so far odd?",
        aliases=("running parity",),
        see=(TRAINING,),
        related=("task",),
    ),
    Entry(
        "recall",
        "recall",
        "A task: give back the number read at the first step, with noise in between.",
        aliases=("noise",),
        see=(FLOW,),
        related=("task",),
    ),
    Entry(
        "sentiment",
        "sentiment",
        "A task: is a short phrase kind or unkind? Negation turns it round.",
        aliases=("negation", "phrase"),
        see=(TRAINING,),
        related=("task",),
    ),
    Entry(
        "next-character",
        "next character",
        "A task: read a text and name the character that comes next.",
        aliases=("character",),
        see=(TRAINING,),
        related=("task", "one-hot", "temperature"),
    ),
    Entry(
        "sunspots",
        "sunspots",
        "A task: forecast next year's sunspot number from the yearly series 1700–2008; the years from 1940 "
        "on are held out.",
        aliases=("sunspot number", "sunspot"),
        see=(TRAINING,),
        related=("task", "forecast", "held-out"),
    ),
    Entry(
        "held-out",
        "held out",
        "Sequences that training never sees, to tell learning from memorising.",
        aliases=("held-out", "never trained on", "held-out loss"),
        see=(TRAINING, FLOW),
        related=("loss", "best-constant", "overfitting"),
    ),
    Entry(
        "best-constant",
        "best constant answer",
        "The mean of the training targets, said whatever the input is. In What cures it a network counts as "
        "having learned below half of its loss.",
        aliases=("best constant", "constant answer"),
        see=(FLOW,),
        related=("held-out", "adding"),
    ),
    Entry(
        "forecast",
        "forecast",
        "A prediction of the next value of a series. One step ahead it reads the true past; free-running it "
        "reads its own forecasts.",
        aliases=("forecasts", "free-running", "naive forecast", "naive forecasts", "one year ahead"),
        see=(TRAINING,),
        related=("sunspots", "mean-absolute-error"),
    ),
    Entry(
        "mean-absolute-error",
        "mean absolute error",
        "By how much a forecast is off on average, in the unit of the series.",
        aliases=("off on average",),
        see=(TRAINING,),
        related=("forecast",),
    ),
    Entry(
        "accuracy",
        "accuracy",
        "The share of answers whose class is right.",
        aliases=("right answers", "answers are right"),
        see=(TRAINING,),
        related=("confusion-matrix", "one-hot"),
    ),
    Entry(
        "confusion-matrix",
        "confusion matrix",
        "How often each class was said for each target: rows are targets, the diagonal is right.",
        aliases=("right and wrong answers",),
        see=(TRAINING,),
        related=("accuracy",),
    ),
    Entry(
        "temperature",
        "temperature",
        "What Z is divided by before the softmax when the network writes. Near 0 the likeliest character is "
        "always taken.",
        see=(TRAINING,),
        related=("softmax", "next-character"),
    ),
    Entry(
        "own-data",
        "own data",
        "A series, a table or a text that the reader brings. It stays in memory; the link carries its "
        "fingerprint only.",
        aliases=("your data", "your own data", "fingerprint"),
        see=(TRAINING,),
        related=("held-out", "task"),
    ),
)
