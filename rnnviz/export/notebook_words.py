"""What stands between the cells of the notebook: the lecture's equations, short sentences, small tables."""

OUTPUT_LATEX = {
    "softmax": r"\mathrm{softmax}",
    "sigmoid": r"\mathrm{sigmoid}",
    "identity": r"\mathrm{identity}",
    "relu": r"\mathrm{ReLU}",
}

LOSS_LATEX = {
    "categorical_cross_entropy": r"L_t = -\sum_j y_j \ln \hat{y}_j",
    "binary_cross_entropy": r"L_t = -\sum_j \left[ y_j \ln \hat{y}_j + (1 - y_j) \ln (1 - \hat{y}_j) \right]",
    "squared_error": r"L_t = \tfrac{1}{2} \sum_j (\hat{y}_j - y_j)^2",
}

WORDS = {
    "numbers": (
        "The start values of $W_1$, $W_{{h1}}$, $\\beta_1$, $W_2$ and $\\beta_2$, the data $X$ and $Y$ of "
        "{steps} and {samples}, and the settings of the training."
    ),
    "expected": (
        "Losses, gradient and the course of training, computed by rnnviz. The fingerprint covers every "
        "number of this notebook; the checks below compare what is computed here with what stands here."
    ),
    "forward": (
        "{uses} A state knows the past only through the one before.\n\n"
        "$$H_t = f_1(X_t W_1 + H_{{t-1}} W_{{h1}} + \\beta_1), \\qquad f_1 = \\mathrm{{{f1}}}$$\n\n"
        "$$\\hat{{Y}}_t = f_2(H_t W_2 + \\beta_2), \\qquad f_2 = {f2}$$"
    ),
    "loss": (
        "$${loss_equation}, \\qquad L = \\sum_t L_t$$\n\n"
        "Averaged over the samples, summed over the steps: $L = {loss}$ at the start."
    ),
    "loop": (
        "What reaches $H_t$ is what its own loss says, and what comes back from the step after it:\n\n"
        "$$\\frac{{\\partial L}}{{\\partial H_t}} = \\frac{{\\partial L_t}}{{\\partial H_t}} + "
        "\\left( \\frac{{\\partial L}}{{\\partial H_{{t+1}}}} \\circ f_1'(A_{{t+1}}) \\right) "
        "W_{{h1}}^\\top$$\n\n"
        "{cut}"
    ),
    "terms": (
        "The chain rule, path by path: one term for each loss step $t$ and source step $k \\le t$.\n\n"
        "$$\\frac{{\\partial L}}{{\\partial \\theta}} = \\sum_t \\sum_{{k \\le t}} "
        "\\frac{{\\partial L_t}}{{\\partial \\hat{{Y}}_t}} "
        "\\frac{{\\partial \\hat{{Y}}_t}}{{\\partial H_t}} "
        "\\frac{{\\partial H_t}}{{\\partial H_{{t-1}}}} \\cdots "
        "\\frac{{\\partial H_{{k+1}}}}{{\\partial H_k}} \\frac{{\\partial^+ H_k}}{{\\partial \\theta}}$$\n\n"
        "{terms} to add up to what the loop has found."
    ),
    "differences": (
        "A derivative says how fast $L$ changes. With an imaginary step nothing is subtracted, so no digit "
        "is lost:\n\n"
        "$$\\frac{{\\partial L}}{{\\partial \\theta_i}} = "
        "\\frac{{\\mathrm{{Im}}\\, L(\\theta + \\mathrm{{i}} h e_i)}}{{h}}$$"
    ),
    "training": ("{optimiser} with the rate $\\eta = {rate}$, {epochs}, all samples at once.\n\n{rule}"),
}

TABLES = {
    "forward": """print("  t   norm of H_t   first entries of Ŷ_t, sample 0")
for t in range(T)[-12:]:
    shown = np.round(Y_hat[t - first, 0][:4], 4) if t >= first else "no output"
    print(f"{t:3d}   {np.linalg.norm(H[t]):11.4g}   {shown}")""",
    "loss": """print("  t   L_t")
for t in range(first, T)[-12:]:
    print(f"{t:3d}   {L[t]:.4g}")
print(f"sum   {L.sum():.4g}")""",
    "loop": """print("θ     norm of ∂L/∂θ")
for name, g in zip(["W1", "Wh1", "b1", "W2", "b2"], gradients):
    print(f"{name:4}  {np.linalg.norm(g):.4g}")""",
    "terms": """shown = range(T)[-8:]
print("Norm of term(t, k) of Wh1; rows are loss steps t, columns source steps k.")
print("t, k " + "".join(f"{k:>10d}" for k in shown))
for t in shown:
    if t >= first:
        print(f"{t:4d} " + "".join(f"{norms[1, t, k]:10.3g}" if k <= t else " " * 10 for k in shown))""",
    "training": """print(" epoch   loss")
for epoch in expected_course[:, 0].astype(int):
    print(f"{epoch:6d}   {history[epoch]:.4g}")""",
}
