"""The text of the NumPy script: plain functions in the lecture's symbols, one for each choice."""

FINGERPRINT = """numbers = {{
    {numbers},
}}
digest = hashlib.sha256()
for name, value in numbers.items():
    value = np.asarray(value, dtype=float)
    digest.update(f"{{name}} {{list(value.shape)}} {{value.ravel().tolist()}}\\n".encode())
fingerprint = "{fingerprint}"
assert digest.hexdigest() == fingerprint, "a number of this file was changed: its fingerprint does not fit"
print("Numbers: as they were exported.")"""

CHECK = '''def off(found, expected):
    """Return the largest difference between arrays, relative to the largest number of its array."""
    sizes = [abs(one).max() for one in expected]
    least = max(floor * max(sizes), floor)
    return max(abs(f - e).max() / max(size, least) for f, e, size in zip(found, expected, sizes))


def check(what, found, expected, allowed):
    """Fail unless arrays agree, and say how well they do."""
    worst = off(found, expected)
    assert worst <= allowed, f"{what}: off by {worst:.3g}, allowed {allowed:.3g}"
    print(f"{what}: off by at most {worst:.1e}.")'''

SIGMOID = '''def sigmoid(A):
    """Return 1 / (1 + exp(-A)); the exponent is never positive, so nothing overflows."""
    e = np.exp(np.where(A.real > 0, -A, A))
    return np.where(A.real > 0, 1, e) / (1 + e)'''

ACTIVATIONS = {
    "tanh": '''def f1(A):
    """Return tanh(A)."""
    return np.tanh(A)


def slope(A):
    """Return f1'(A) = 1 - tanh²(A) = 1 / cosh²(A); which keeps its digits in saturation."""
    return 1 / np.cosh(A) ** 2''',
    "sigmoid": '''def f1(A):
    """Return the sigmoid of A."""
    return sigmoid(A)


def slope(A):
    """Return f1'(A) = f1(A) (1 - f1(A)) = f1(A) f1(-A)."""
    return sigmoid(A) * sigmoid(-A)''',
    "relu": '''def f1(A):
    """Return ReLU: A where it is positive, else 0; below an imaginary step nothing counts as positive."""
    return np.where(A.real > step, A, 0)


def slope(A):
    """Return f1'(A): 1 where the unit is on, 0 where it is off and at 0 itself."""
    return np.where(A > 0, 1.0, 0.0)''',
    "identity": '''def f1(A):
    """Return A itself."""
    return A


def slope(A):
    """Return f1'(A) = 1."""
    return np.ones_like(A)''',
}

OUTPUTS = {
    "softmax": '''def f2(Z):
    """Return exp(Z) / Σ exp(Z); the largest logit is taken off first, so that nothing overflows."""
    E = np.exp(Z - Z.real.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)''',
    "sigmoid": '''def f2(Z):
    """Return the sigmoid of Z."""
    return sigmoid(Z)''',
    "identity": '''def f2(Z):
    """Return Z itself."""
    return Z''',
    "relu": '''def f2(Z):
    """Return ReLU: Z where it is positive, else 0; below an imaginary step nothing counts as positive."""
    return np.where(Z.real > step, Z, 0)''',
}

FORWARD = '''def forward(W1, Wh1, b1, W2, b2):
    """Return A, H and Z of every step."""
    A, H, before = [], [], H_init
    for t in range(T):
        A.append(X[t] @ W1 + before @ Wh1 + b1)  # A_t = X_t W1 + H_{t-1} Wh1 + b1
        before = f1(A[t])  # H_t = f1(A_t)
        H.append(before)
    A, H = np.array(A), np.array(H)
    return A, H, READ @ W2 + b2  # Z_t = H_t W2 + b2


theta = [W1, Wh1, b1, W2, b2]
A, H, Z = forward(*theta)
Y_hat = f2(Z)
H_before = np.concatenate([H_init[None], H[:-1]])  # H_{t-1} of every step
first = T - len(Z)  # the first step that has a loss'''

_EACH = '''def step_losses(Z):
    """Return L_t: {words}, the mean over the samples; 0 where a step has no loss."""
{each}
    L = np.zeros(T, Z.dtype)
    L[T - len(Z) :] = each.mean(axis=1)
    return L'''

_DZ = '''def logit_gradient(Z):
    """Return ∂L_t/∂Z_t: {words}, over the m samples."""
    Y_hat = f2(Z)
{gradient}'''

_SQUARED = _EACH.format(words="½ Σ (ŷ - y)²", each="    each = 0.5 * ((f2(Z) - Y) ** 2).sum(axis=-1)")

LOSSES = {
    ("softmax", "categorical_cross_entropy"): (
        _EACH.format(
            words="-Σ y ln ŷ",
            each="""    best = Z.real.argmax(axis=-1)[..., None]
    Z = Z - np.take_along_axis(Z, best, axis=-1)
    others = np.exp(Z)
    np.put_along_axis(others, best, 0, axis=-1)
    # -ln ŷ_j = ln Σ exp(z) - z_j: the largest logit is 0 now, so the sum is 1 + that of the others.
    each = (Y * (np.log1p(others.sum(axis=-1, keepdims=True)) - Z)).sum(axis=-1)""",
        ),
        _DZ.format(
            words="ŷ - y",
            gradient="""    others = 1 - np.eye(Z.shape[-1])
    # The same as Y_hat - Y, but 1 - ŷ is the sum of the other ŷ, with all its digits.
    return (Y_hat * (Y @ others) - Y * (Y_hat @ others)) / m""",
        ),
    ),
    ("sigmoid", "binary_cross_entropy"): (
        _EACH.format(
            words="-Σ [y ln ŷ + (1 - y) ln(1 - ŷ)]",
            each="""    size = np.where(Z.real > 0, Z, -Z)
    # The same as ln(1 + exp(z)) - y z, with nothing that overflows.
    each = (np.where(Z.real > 0, Z, 0) - Y * Z + np.log1p(np.exp(-size))).sum(axis=-1)""",
        ),
        _DZ.format(
            words="ŷ - y",
            gradient="""    # The same as Y_hat - Y, but 1 - ŷ is sigmoid(-z), with all its digits.
    return ((1 - Y) * Y_hat - Y * sigmoid(-Z)) / m""",
        ),
    ),
    ("identity", "squared_error"): (
        _SQUARED,
        _DZ.format(words="ŷ - y", gradient="    return (Y_hat - Y) / m"),
    ),
    ("relu", "squared_error"): (
        _SQUARED,
        _DZ.format(words="(ŷ - y) f2'(z)", gradient="    return (Y_hat - Y) * np.where(Z > 0, 1, 0) / m"),
    ),
    ("sigmoid", "squared_error"): (
        _SQUARED,
        _DZ.format(
            words="(ŷ - y) ŷ (1 - ŷ)",
            gradient="""    left = sigmoid(-Z)  # 1 - ŷ, with all its digits
    return ((1 - Y) * Y_hat - Y * left) * Y_hat * left / m""",
        ),
    ),
    ("softmax", "squared_error"): (
        _SQUARED,
        _DZ.format(
            words="ŷ (g - Σ g ŷ) with g = ŷ - y",
            gradient="""    g = Y_hat - Y
    g = g - np.take_along_axis(g, Y_hat.argmax(axis=-1)[..., None], axis=-1)  # a shift of g changes nothing
    return Y_hat * (g - (g * Y_hat).sum(axis=-1, keepdims=True)) / m""",
        ),
    ),
}

BACKWARD = '''def NAME(W1, Wh1, b1, W2, b2):
    """Return L and ∂L/∂θ in one loop that runs back through time."""
    A, H, Z = forward(W1, Wh1, b1, W2, b2)
    H_before, dZ = np.concatenate([H_init[None], H[:-1]]), logit_gradient(Z)
    dW1, dWh1, db1 = np.zeros_like(W1), np.zeros_like(Wh1), np.zeros_like(b1)
    direct, slopes = np.zeros_like(H), slope(A)
    direct[first:] = dZ @ W2.T  # ∂L_t/∂H_t, not through later states
LOOP
    dW2, db2 = sum(H[first + i].T @ dZ[i] for i in range(len(dZ))), dZ.sum(axis=(0, 1))
    return step_losses(Z).sum(), [dW1, dWh1, db1, dW2, db2]'''

_ADD = """        dW1 += X[t].T @ dA  # ∂⁺H_t/∂W1, and so on
        dWh1 += H_before[t].T @ dA
        db1 += dA.sum(axis=0)
"""

LOOPS = {
    "full": """    message = np.zeros_like(H_init)
    for t in reversed(range(T)):
        dH = direct[t] + message  # ∂L/∂H_t = ∂L_t/∂H_t + what comes back from step t + 1
        dA = dH * slopes[t]
"""
    + _ADD
    + "        message = dA @ Wh1.T  # on to H_{t-1}",
    "chunk": """    message = np.zeros_like(H_init)
    for t in reversed(range(T)):
        dH = direct[t] + message  # ∂L/∂H_t = ∂L_t/∂H_t + what comes back from step t + 1
        dA = dH * slopes[t]
"""
    + _ADD
    + """        message = dA @ Wh1.T  # on to H_{t-1}
        if t % truncation == 0:
            message = np.zeros_like(H_init)  # the state is detached where a block begins""",
    "window": """    travelling = np.zeros((0, *H_init.shape))
    for t in reversed(range(T)):
        # ∂L_s/∂H_t of the losses s = t, …, t + τ - 1; older ones are dropped
        travelling = np.concatenate([direct[t : t + 1], travelling])[:truncation] * slopes[t]
        dA = travelling.sum(axis=0)
"""
    + _ADD
    + "        travelling = travelling @ Wh1.T  # on to H_{t-1}",
}

TRUNCATIONS = {"window": "t - k < truncation", "chunk": "t // truncation == k // truncation"}

TERMS = '''def terms():
    """Yield t, k and term(t, k) of W1, Wh1 and b1, for every loss step t and source step k."""
    dZ, slopes = logit_gradient(Z), slope(A)
    for t in range(first, T):
        adjoint = dZ[t - first] @ W2.T  # ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂H_t
        for k in reversed(range(t + 1)):
            D = adjoint * slopes[k]  # · f1'(A_k)
            yield t, k, [X[k].T @ D, H_before[k].T @ D, D.sum(axis=0)]  # · ∂⁺H_k/∂θ
            adjoint = D @ Wh1.T  # · ∂H_k/∂H_{k-1}


norms, count = np.zeros((3, T, T)), 0
total = [np.zeros_like(p) for p in theta[:3]]KEPT
for t, k, found in terms():
    count += 1
    for i, term in enumerate(found):
        norms[i, t, k] = np.linalg.norm(term)
        total[i] += term'''

KEPT_START = """
kept = [np.zeros_like(p) for p in theta[:3]]"""
KEPT_SUM = """
        if RULE:
            kept[i] += term"""

DIFFERENCES = '''def difference(direction):
    """Return how fast L changes along a direction, by an imaginary step."""
    moved = [p + 1j * step * d for p, d in zip(theta, direction)]
    return step_losses(forward(*moved)[2]).sum().imag / step


numeric, analytic = [], []
for i, p in enumerate(theta):
    entries = list(np.ndindex(p.shape))[:: int(every)]
    numeric.append(np.zeros(len(entries)))
    for place, entry in enumerate(entries):
        direction = [np.zeros_like(q) for q in theta]
        direction[i][entry] = 1
        numeric[i][place] = difference(direction)
    analytic.append(np.array([gradients[i][entry] for entry in entries]))
check(f"Differences, {sum(map(len, numeric))} entries one by one", numeric, analytic, difference_tolerance)

random = np.random.default_rng(T)
direction = [random.choice([-1, 1], p.shape) for p in theta]
along = sum((g * d).sum() for g, d in zip(gradients, direction))
size = max(1, sum(abs(g).sum() for g in gradients))
found = difference(direction) / size
check("Differences, all entries together", [found], [along / size], difference_tolerance)'''

CLIPPING = {
    "clip_norm": """        # The largest entry is divided out first, so that no square overflows.
        largest = max(abs(g).max() for g in gradients)
        relative = np.sqrt(sum(((g / (largest or 1)) ** 2).sum() for g in gradients))
        if largest and relative > clip_norm / largest:
            gradients = [g / largest * (clip_norm / relative) for g in gradients]
""",
    "clip_value": "        gradients = [np.clip(g, -clip_value, clip_value) for g in gradients]\n",
}

UPDATES = {
    "sgd": ("", "        theta = [p - learning_rate * g for p, g in zip(theta, gradients)]\n"),
    "momentum": (
        "    velocity = [np.zeros_like(p) for p in theta]\n",
        """        velocity = [momentum * v + g for v, g in zip(velocity, gradients)]
        theta = [p - learning_rate * v for p, v in zip(theta, velocity)]
""",
    ),
    "adam": (
        """    first_moment = [np.zeros_like(p) for p in theta]
    second_moment = [np.zeros_like(p) for p in theta]
""",
        """        first_moment = [beta1 * v + (1 - beta1) * g for v, g in zip(first_moment, gradients)]
        second_moment = [beta2 * v + (1 - beta2) * g * g for v, g in zip(second_moment, gradients)]
        grown = epoch + 1
        means = [v / (1 - beta1**grown) for v in first_moment]
        roots = [np.sqrt(v / (1 - beta2**grown)) for v in second_moment]
        theta = [p - learning_rate * v / (r + epsilon) for p, v, r in zip(theta, means, roots)]
""",
    ),
}

TRAINING = '''def train(theta):
    """Return the loss of every epoch; it ends where loss or gradient stop being finite."""
    losses = []
MEMORY
    for epoch in range(epochs):
        L, gradients = BACKWARD(*theta)
        losses.append(L)
        if not all(np.isfinite(one).all() for one in (L, *gradients)):
            break
CLIPPING
UPDATE
    return losses


history = train(theta)'''

_COURSE = """
for epoch, L, allowed in expected_course:
    found = history[int(epoch)]
    worst = abs(found - L)
    assert worst <= allowed, f"Training, epoch {epoch:.0f}: {found:.6g}, expected {L:.6g} ± {allowed:.1g}"
"""

NOT_ENDED = (
    """
assert len(history) == epochs, f"training ended after {len(history)} epochs, expected {epochs}\""""
    + _COURSE
    + """print(f"Training: loss {history[0]:.6g}, and {history[-1]:.6g} after {len(history) - 1} updates.")
print(f"Expected {L:.6g}; from other last digits training would end up to {allowed:.1e} away.")"""
)
ENDED = (
    """
ended = len(history) - 1
assert ended == expected_end, f"training ended at epoch {ended}, expected {expected_end}\""""
    + _COURSE
    + """print(f"Training: loss or gradient stop being finite at epoch {expected_end}, as expected.")"""
)

ENDS = {
    "loss": """


L = step_losses(Z)
check("Losses of the steps", [L], [expected_losses], tolerance)""",
    "loop": """


loss, gradients = backward(*theta)
expected = [expected_dW1, expected_dWh1, expected_db1, expected_dW2, expected_db2]
check("Gradient of the loop", gradients, expected, tolerance)""",
    "truncated loop": """
_, truncated = truncated_backward(*theta)
expected = [expected_kept_dW1, expected_kept_dWh1, expected_kept_db1, expected_kept_dW2, expected_kept_db2]
check("Truncated gradient of the loop", truncated, expected, tolerance)""",
    "terms": """
check(f"Sum of all {count} terms against the loop", total, gradients[:3], sum_tolerance)
near, far = norms[2, -1, -1], norms[2, -1, 0]
print(f"Terms of b1 from the last loss: norm {near:.4g} at its own step, {far:.4g} at step 0.")""",
    "truncated terms": """
check("Sum of the kept terms against the truncated loop", kept, truncated[:3], sum_tolerance)""",
    "training": NOT_ENDED,
    "broken training": ENDED,
}
