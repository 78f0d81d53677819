"""Words and symbols of the gradient's way back, of truncation and clipping, and of gated cells."""

from rnnviz.story.entries.entry import CHAIN, FLOW, TRAINING, Entry

GRADIENT_FLOW = (
    Entry(
        "vanishing",
        "vanishing gradient",
        "Terms that reach far back become ever smaller, by about the same factor at each step. What vanishes "
        "are the long terms, not the whole gradient.",
        aliases=("vanishing", "vanish"),
        see=(FLOW,),
        related=("exploding", "step-jacobian", "bound", "lag"),
    ),
    Entry(
        "exploding",
        "exploding gradient",
        "Terms that reach far back become ever larger, until a step throws the network away or numbers "
        "overflow.",
        aliases=("exploding", "explode", "explosion"),
        see=(FLOW, TRAINING),
        related=("vanishing", "clipping", "cliff", "overflow"),
    ),
    Entry(
        "norm",
        "norm",
        "The length of an array: the root of the sum of its squared entries (Frobenius norm).",
        symbol=r"\lVert g \rVert",
        aliases=("Frobenius norm", "norms", "gradient norm", "gradient norms"),
        see=(FLOW, TRAINING, CHAIN),
        related=("spectral-norm", "gradient"),
    ),
    Entry(
        "bound",
        "bound",
        "No error can grow by more than this factor on so many steps back: largest slope times spectral "
        "norm, to the power of the lag. Below 1 the far terms have to vanish.",
        symbol=r"\lVert \partial <H@t> / \partial <H@k> \rVert_2 \le (\gamma\,\sigma_{\max})^{t-k}",
        aliases=("γ σₘₐₓ", "(γ σₘₐₓ)", "γ σ_max"),
        see=(FLOW,),
        related=("gamma", "spectral-norm", "jacobian-product"),
    ),
    Entry(
        "singular-value",
        "singular value",
        "How much a matrix stretches along one of its main directions: never negative, n₁ of them. The "
        "largest is the spectral norm.",
        symbol=r"\sigma_i",
        aliases=("singular values",),
        see=(FLOW,),
        related=("spectral-norm", "eigenvalue", "jacobian-product"),
    ),
    Entry(
        "spectral-norm",
        "spectral norm",
        "The largest singular value: a matrix stretches no vector by more in one step. It gives the bound.",
        symbol=r"\sigma_{\max}(<Wh1>)",
        aliases=("σₘₐₓ", "σₘₐₓ(Wₕ₁)", "σ_max", "largest singular value"),
        see=(FLOW,),
        related=("spectral-radius", "singular-value", "bound"),
    ),
    Entry(
        "spectral-radius",
        "spectral radius",
        "The largest |eigenvalue|: the p-th root of the norm of the p-th power tends to it. It is never "
        "above the spectral norm, is no bound for one step, and with slopes in between no rate either.",
        symbol=r"\rho(<Wh1>)",
        code="spectral_radius",
        aliases=("ρ", "largest |eigenvalue|", "long-run rate", "ρ(Wₕ₁)"),
        see=(FLOW,),
        related=("eigenvalue", "spectral-norm", "transient-growth"),
    ),
    Entry(
        "eigenvalue",
        "eigenvalue",
        "A number, often complex, by which a matrix multiplies one of its own directions.",
        symbol=r"\lambda",
        aliases=("eigenvalues", "|eigenvalue|", "unit circle"),
        see=(FLOW,),
        related=("spectral-radius", "singular-value"),
    ),
    Entry(
        "determinant",
        "determinant",
        "The product of all eigenvalues: by how much a matrix changes volumes. Below 1 it does not rule out "
        "exploding: 4 and 0.1 on a diagonal make 0.4, and powers grow fourfold a step. Above 1 some "
        "|eigenvalue| is above 1, and slopes can still make the error vanish.",
        symbol=r"\det <Wh1> = \prod_i \lambda_i",
        see=(FLOW,),
        related=("eigenvalue", "spectral-radius", "exploding"),
    ),
    Entry(
        "normal-matrix",
        "normal matrix",
        "A matrix whose singular values are the sizes of its eigenvalues, such as an orthogonal or a "
        "symmetric one. Others can stretch more than any eigenvalue says.",
        aliases=("normal", "non-normal", "not normal"),
        see=(FLOW,),
        related=("transient-growth", "spectral-norm", "spectral-radius"),
    ),
    Entry(
        "transient-growth",
        "transient growth",
        "An error that first grows although every |eigenvalue| is below 1, because the matrix is not normal. "
        "In the preset of that name a product of step Jacobians reaches a norm of 27.8 before it decays.",
        see=(FLOW,),
        related=("normal-matrix", "spectral-radius", "nonnormal-start"),
    ),
    Entry(
        "gain",
        "gain of Wₕ₁",
        "A number that multiplies Wₕ₁ after initialisation: all its eigenvalues and singular values "
        "together.",
        code="gain",
        aliases=("Gain", "the gain", "smaller gain", "gain and radius"),
        see=(FLOW,),
        related=("spectral-radius", "spectral-norm", "Wh1"),
    ),
    Entry(
        "causes",
        "two causes",
        "Each step Jacobian is slope times weights. Held: the slopes stay as they were while Wₕ₁ changes. "
        "Follow: they are those of the network as it is.",
        aliases=("cause",),
        see=(FLOW,),
        related=("slope", "Wh1", "step-jacobian"),
    ),
    Entry(
        "received",
        "error received by a state",
        "The length of ∂L/∂Hₖ, in bands of the losses that sent it.",
        symbol=r"\left\lVert \frac{\partial <L>}{\partial <H@k>} \right\rVert",
        aliases=("longest error", "bands"),
        see=(FLOW,),
        related=("adjoint", "lag"),
    ),
    Entry(
        "cliff",
        "cliff",
        "A wall of the loss surface, where a small change of a weight changes the loss a lot. A plain step "
        "from it lands far away. The preset of that name starts beside a saddle-node and has a gradient 73.7 "
        "long.",
        aliases=("valley", "walls", "wall"),
        see=(FLOW,),
        related=("loss-surface", "clipping", "exploding", "saddle-node"),
    ),
    Entry(
        "saddle-node",
        "saddle-node",
        "Where two states that stay, one stable and one not, meet and vanish. One tanh unit with weight 1.3 "
        "latches, it keeps a sign, as long as its bias is within ±0.101; the preset of the cliff has 0.1. "
        "Small changes there decide what is kept.",
        symbol=r"\beta^{*} = \pm\left(\operatorname{artanh} s - w s\right),\quad s = \sqrt{1 - 1/w}",
        aliases=("latch", "latches", "bifurcation"),
        see=(FLOW,),
        related=("cliff", "recall"),
    ),
    Entry(
        "loss-surface",
        "loss surface",
        "The total loss over two parameter entries, with all other numbers held.",
        aliases=("loss over two entries", "surface", "map of the loss"),
        see=(FLOW, TRAINING),
        related=("cliff", "entry-w"),
    ),
)

SHORTCUTS = (
    Entry(
        "truncation",
        "truncation",
        "Leaving out terms of the gradient: with a window all that go τ steps back or more, with chunks all "
        "that cross a cut, nearer ones among them. With τ ≥ T nothing is cut.",
        symbol=r"\tau",
        code="truncation",
        aliases=("τ", "truncated", "truncation τ", "truncate", "kept terms", "cut"),
        see=(FLOW, CHAIN),
        related=("truncated-gradient", "window", "chunk", "term"),
    ),
    Entry(
        "truncated-gradient",
        "truncated gradient",
        "The sum of the terms that truncation keeps. Not ∂L/∂θ, so it has a symbol of its own: it is "
        "what remains when states are held constant (detached), with blocks at each border, with a window τ "
        "steps before each loss. A cut row is written alike. With τ ≥ T it is the gradient.",
        symbol=r"g^{\tau}(\theta) = \sum_{\text{kept}\ (t,k)} \mathrm{term}(t,k)",
        shape="shape of θ",
        code="backward(…, truncation=τ)",
        aliases=("gτ", "g^τ", "sum of the kept terms"),
        see=(CHAIN, TRAINING),
        related=("truncation", "gradient", "window", "chunk"),
    ),
    Entry(
        "window",
        "window",
        "Truncation in which every loss looks at its last τ steps, its own among them: terms with t − k < τ "
        "are kept, lag τ itself is cut. With τ = 1 blocks keep the same terms.",
        symbol=r"t - k < \tau",
        code='truncation_kind="window"',
        aliases=("sliding window",),
        see=(FLOW,),
        related=("chunk", "truncation", "lag"),
    ),
    Entry(
        "chunk",
        "chunk",
        "Truncation in blocks of τ steps: terms with t and k in one block are kept. A loss at the start of a "
        "block sees its own step alone, so even lag 1 is cut there.",
        symbol=r"\lfloor t / \tau \rfloor = \lfloor k / \tau \rfloor",
        code='truncation_kind="chunk"',
        aliases=("chunks", "block", "blocks"),
        see=(FLOW,),
        related=("window", "detach", "truncation"),
    ),
    Entry(
        "detach",
        "detach",
        "Cutting the way back at a state while its value is still carried forward. It is not a reset: the "
        "state is kept.",
        aliases=("detached", "detach every τ"),
        see=(FLOW,),
        related=("chunk", "truncation"),
    ),
    Entry(
        "clipping",
        "clipping",
        "Making a gradient that is too long shorter before the update. There are two ways, by norm and by "
        "value.",
        aliases=("clip", "clipped"),
        see=(FLOW, TRAINING),
        related=("clip-norm", "clip-value", "exploding"),
    ),
    Entry(
        "clip-norm",
        "clipping by norm",
        "The gradient of all parameters together is shortened to a given length. Its direction stays.",
        symbol=r"g \leftarrow g \min(1, c / \lVert g \rVert)",
        code="clip_norm",
        aliases=("clip by norm", "by norm", "clipped by norm", "clip to length"),
        see=(FLOW, TRAINING),
        related=("clip-value", "norm"),
    ),
    Entry(
        "clip-value",
        "clipping by value",
        "Every entry of the gradient is cut on its own. That can turn the gradient.",
        symbol=r"g_i \leftarrow \min(\max(g_i, -c), c)",
        code="clip_value",
        aliases=("clip by value", "by value", "clipped by value"),
        see=(FLOW, TRAINING),
        related=("clip-norm", "angle"),
    ),
    Entry(
        "angle",
        "angle",
        "How far two gradients point apart, in degrees: 0 for the same direction, 90 for a right angle, "
        "180 for opposite ones.",
        aliases=("projection",),
        see=(FLOW, TRAINING),
        related=("clip-value", "share"),
    ),
)

GATES = (
    Entry(
        "cure",
        "cure",
        "What is said to help against gradients that vanish or explode: clipping, truncation, Adam, "
        "another start, a gated cell. All are tried on the same task, size and seed. Clipping helps "
        "against exploding alone; truncation bounds the way back.",
        aliases=("the eight ways",),
        see=(FLOW,),
        related=("gru", "lstm", "orthogonal-start", "identity-start"),
    ),
    Entry(
        "gate",
        "gate",
        "A number from 0 to 1 for each unit that says how much of something is let through.",
        aliases=("gates", "gated", "gated cell", "gated cells", "cell of units"),
        see=(FLOW,),
        related=("gru", "lstm", "sigmoid"),
    ),
    Entry(
        "gru",
        "GRU",
        "A gated cell with two gates: reset r and update z. Here z keeps the old state, as in Cho et al., "
        "and starts with bias 1, which is a choice of this app.",
        symbol=r"<H@t> = z \circ <H@t-1> + (1 - z) \circ c",
        aliases=("gated recurrent unit",),
        see=(FLOW,),
        related=("gate", "lstm", "gru-conventions", "keep-bias"),
    ),
    Entry(
        "lstm",
        "LSTM",
        "A gated cell with three gates, i, f and o, and a memory C beside its state. The forget gate f came "
        "with Gers et al. 2000; the first LSTM has none.",
        symbol=r"C_t = f \circ C_{t-1} + i \circ c, \quad <H@t> = o \circ \tanh C_t",
        aliases=("long short-term memory", "memory C", "forget gate"),
        see=(FLOW,),
        related=("gate", "gru", "keep-bias"),
    ),
    Entry(
        "gru-conventions",
        "conventions of the GRU",
        "With Cho (2014), PyTorch and this app z keeps the old state, with Chung (2014) it takes the new "
        "one. Cho, Chung and this app multiply by r before the recurrent weights; PyTorch does it after "
        "them, with a bias inside.",
        symbol=r"c = \tanh(X_t W_c + (r \circ H_{t-1}) U_c + b_c)",
        aliases=("reset gate", "update gate"),
        see=(FLOW,),
        related=("gru", "convention"),
    ),
    Entry(
        "keep-bias",
        "bias of 1 of a gate",
        "The start bias of the gate that keeps the old state, the LSTM's forget gate or the GRU's update "
        "gate, which so starts near σ(1) = 0.731. It is a choice of this app: for the LSTM Jozefowicz (2015) "
        "recommends it, PyTorch starts both near 0.",
        code="keep_bias",
        aliases=("forget bias", "update bias", "bias of 1"),
        see=(FLOW,),
        related=("lstm", "gru", "gate"),
    ),
)
