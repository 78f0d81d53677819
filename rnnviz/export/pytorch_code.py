"""The text of the PyTorch script: autograd does what the NumPy script writes out, in the same symbols."""

from rnnviz.export.numpy_code import ENDED, NOT_ENDED

FINGERPRINT = """numbers = {{
    {numbers},
}}
digest = hashlib.sha256()
for name, value in numbers.items():
    value = torch.as_tensor(value, dtype=torch.float64)
    digest.update(f"{{name}} {{list(value.shape)}} {{value.flatten().tolist()}}\\n".encode())
fingerprint = "{fingerprint}"
assert digest.hexdigest() == fingerprint, "a number of this file was changed: its fingerprint does not fit"
print("Numbers: as they were exported.")"""

CHECK = '''def off(found, expected):
    """Return the largest difference between tensors, relative to the largest number of its tensor."""
    sizes = [one.abs().max() for one in expected]
    least = max(floor * max(sizes), floor)
    return max((f - e).abs().max() / max(size, least) for f, e, size in zip(found, expected, sizes))


def check(what, found, expected, allowed):
    """Fail unless tensors agree, and say how well they do."""
    worst = off(found, expected)
    assert worst <= allowed, f"{what}: off by {worst:.3g}, allowed {allowed:.3g}"
    print(f"{what}: off by at most {worst:.1e}.")'''

ACTIVATIONS = {
    "tanh": "torch.tanh(A)",
    "sigmoid": "torch.sigmoid(A)",
    "relu": "torch.relu(A)",
    "identity": "A",
}

_SQUARED = "0.5 * ((f2(Z) - Y_t) ** 2).sum() / m"
_F2 = '''def f2(Z):
    """Return the output Ŷ."""
    return {}


'''
LOSSES = {
    ("softmax", "categorical_cross_entropy"): (
        "",
        "-Σ y ln ŷ, ŷ = softmax(z)",
        "-(Y_t * torch.log_softmax(Z, dim=1)).sum() / m",
    ),
    ("sigmoid", "binary_cross_entropy"): (
        "",
        "-Σ [y ln ŷ + (1 - y) ln(1 - ŷ)], ŷ = sigmoid(z)",
        'torch.nn.functional.binary_cross_entropy_with_logits(Z, Y_t, reduction="sum") / m',
    ),
    ("softmax", "squared_error"): (_F2.format("torch.softmax(Z, dim=1)"), "½ Σ (ŷ - y)²", _SQUARED),
    ("sigmoid", "squared_error"): (_F2.format("torch.sigmoid(Z)"), "½ Σ (ŷ - y)²", _SQUARED),
    ("identity", "squared_error"): (_F2.format("Z"), "½ Σ (ŷ - y)²", _SQUARED),
    ("relu", "squared_error"): (_F2.format("torch.relu(Z)"), "½ Σ (ŷ - y)²", _SQUARED),
}

NETWORK = '''def f1(A):
    """Return the state H."""
    return F1


F2def loss(Z, Y_t):
    """Return L_t: WORDS, the mean over the samples."""
    return LOSS


def losses(W1, Wh1, b1, W2, b2):
    """Return L_t of the steps that have a loss; W1, Wh1 and b1 are lists, with one tensor for each step."""
    H, L = H_init, []
    for t in range(T):
        H = f1(X[t] @ W1[t] + H @ Wh1[t] + b1[t])  # H_t = f1(X_t W1 + H_{t-1} Wh1 + b1)
        if t >= first:
            L.append(loss(H @ W2 + b2, TARGET))  # Ŷ_t = f2(H_t W2 + b2)
    return torch.stack(L)


def tied(W1, Wh1, b1, W2, b2):
    """Return the same with one W1, Wh1 and b1 for all steps: the recurrent network."""
    return losses([W1] * T, [Wh1] * T, [b1] * T, W2, b2)


first = FIRST  # the first step that has a loss
theta = [p.clone().requires_grad_() for p in (W1, Wh1, b1, W2, b2)]
L = tied(*theta)
check("Losses of the steps", [L.detach()], [expected_losses[first:]], tolerance)
gradients = torch.autograd.grad(L.sum(), theta, retain_graph=True)
expected = [expected_dW1, expected_dWh1, expected_db1, expected_dW2, expected_db2]
check("Gradient by autograd", gradients, expected, tolerance)'''

TERMS = """copies = [[p.clone().requires_grad_() for _ in range(T)] for p in (W1, Wh1, b1)]
L_untied = losses(*copies, W2, b2)
total = [torch.zeros_like(p) for p in (W1, Wh1, b1)]KEPT
count, worst_row = 0, 0.0NORMS_START
for t in range(first, T):
    rows = torch.autograd.grad(L[t - first], theta[:3], retain_graph=True)  # ∂L_t/∂θ
    # The copy that step k uses gives the one term (t, k): the path from L_t back to step k and no other.
    used = [copy for several in copies for copy in several[: t + 1]]
    found = torch.autograd.grad(L_untied[t - first], used, retain_graph=True)
    for i in range(len(rows)):
        terms = found[i * (t + 1) : (i + 1) * (t + 1)]
        worst_row = max(worst_row, off([sum(terms)], [rows[i]]))
        total[i] += sum(terms)SUM_KEPT
        count += len(terms)NORMS
assert worst_row <= tolerance, f"Terms of a row against ∂L_t/∂θ: off by {worst_row:.3g}"
print(f"Terms (t, k) summed over k against ∂L_t/∂θ, {T - first} rows: off by at most {worst_row:.1e}.")
NORMS_END
check(f"Sum of all {count} terms against the gradient", total, gradients[:3], tolerance)"""

NORMS_START = """
expected_norms = (expected_norms_W1, expected_norms_Wh1, expected_norms_b1)
stored, worst = {int(t): row for row, t in enumerate(expected_rows)}, 0.0"""
NORMS = """
        if t in stored:
            norms = torch.stack([torch.linalg.vector_norm(term) for term in terms])
            wanted = expected_norms[i][stored[t]][: t + 1]
            worst = max(worst, ((norms - wanted).abs() / wanted.clamp(min=smallest)).max())"""
NORMS_END = """\
assert worst <= term_tolerance, f"Norms of the terms: off by {worst:.3g}, allowed {term_tolerance:g}"
print(f"Norms of the terms, each relative to itself: off by at most {worst:.1e}.")"""
NO_NORMS = """print("The norms of single terms are not compared: see the head of this file.")"""

KEPT_START = "\nkept = [torch.zeros_like(p) for p in (W1, Wh1, b1)]"
KEPT_SUM = "\n        kept[i] += sum(term for k, term in enumerate(terms) if RULE)"

TRUNCATED = {
    "chunk": '''def truncated(W1, Wh1, b1, W2, b2):
    """Return L_t; the state is detached every τ steps, so no error passes from block to block."""
    H, L = H_init, []
    for t in range(T):
        if t % truncation == 0:
            H = H.detach()
        H = f1(X[t] @ W1 + H @ Wh1 + b1)
        if t >= first:
            L.append(loss(H @ W2 + b2, TARGET))
    return torch.stack(L)''',
    "window": '''def truncated(W1, Wh1, b1, W2, b2):
    """Return L_t, each from a state τ steps earlier that counts as a number: no error goes further back."""
    with torch.no_grad():
        states = [H_init]
        for t in range(T):
            states.append(f1(X[t] @ W1 + states[t] @ Wh1 + b1))
    L = []
    for t in range(first, T):
        start = int(max(0, t - truncation + 1))
        H = states[start]
        for k in range(start, t + 1):
            H = f1(X[k] @ W1 + H @ Wh1 + b1)
        L.append(loss(H @ W2 + b2, TARGET))
    return torch.stack(L)''',
}

TRUNCATED_END = """


found = torch.autograd.grad(truncated(*theta).sum(), theta)
expected = [expected_kept_dW1, expected_kept_dWh1, expected_kept_db1, expected_kept_dW2, expected_kept_db2]
check("Truncated gradient by autograd", found, expected, tolerance)
check("Sum of the kept terms against it", kept, found[:3], tolerance)"""

OPTIMISERS = {
    "sgd": "torch.optim.SGD(theta, lr=learning_rate)",
    "momentum": "torch.optim.SGD(theta, lr=learning_rate, momentum=momentum)",
    "adam": "torch.optim.Adam(theta, lr=learning_rate, betas=(beta1, beta2), eps=epsilon)",
}

CLIPPING = {
    "clip_norm": """        # clip_grad_norm_ in two steps: the largest entry is divided out, so that
        # no square overflows, and what the function adds to the norm is taken off.
        largest = max(p.grad.abs().max() for p in theta)
        norm = torch.nn.utils.get_total_norm([p.grad / max(largest, tiny) for p in theta]) * largest
        torch.nn.utils.clip_grads_with_norm_(theta, clip_norm, norm - added)
""",
    "clip_value": "        torch.nn.utils.clip_grad_value_(theta, clip_value)\n",
}

TRAINING = '''def train(theta):
    """Return the loss of every epoch; it ends where loss or gradient stop being finite."""
    optimiser, history = OPTIMISER, []
    for epoch in range(epochs):
        optimiser.zero_grad()
        L = NETWORK(*theta).sum()
        L.backward()
        history.append(L.item())
        if not all(torch.isfinite(one).all() for one in (L, *(p.grad for p in theta))):
            break
CLIPPING
        optimiser.step()
    return history


history = train(theta)'''

ENDS = {"training": NOT_ENDED, "broken training": ENDED}
