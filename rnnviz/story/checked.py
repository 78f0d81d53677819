"""What can be trusted: how each kind of number is computed and checked, and what is not modelled."""

from __future__ import annotations

from dataclasses import dataclass

from rnnviz.story.entries.entry import CHAIN, CHECK, FLOW, TRAINING, UNROLLED


@dataclass(frozen=True)
class Claim:
    """How one kind of displayed number comes about, and who says that it is right.

    Attributes
    ----------
    what : str
        The numbers.
    how : str
        How they are computed.
    against : str
        The independent thing that they are compared with.
    tolerance : str
        The largest relative difference allowed, as it stands in the test; "" for equality.
    tests : tuple of str
        ``file::function``, the one with the tolerance first.
    see : str
        The page that shows them.
    """

    what: str
    how: str
    against: str
    tolerance: str
    tests: tuple[str, ...]
    see: str


ORACLE = "A second network written from the equations alone, with a copy of the parameters for each step"

FORWARD = (
    Claim(
        "States, sums and products of a step",
        "NumPy, one step after the other, in double precision.",
        "The products that are drawn, multiplied out again.",
        "1e-14",
        ("tests/test_experiment.py::test_step_matrices_compose_to_the_forward_pass",),
        UNROLLED,
    ),
    Claim(
        "Losses",
        "From Z with the largest entry taken off first, so that no probability is cut at a smallest value.",
        f"{ORACLE}, for each activation, loss and mode.",
        "1e-12",
        (
            "tests/engine/test_gradients.py::test_gradients_and_losses_are_those_of_the_oracle",
            "tests/engine/test_losses.py::test_even_logits_cost_the_entropy_in_nats",
        ),
        UNROLLED,
    ),
    Claim(
        "Other notations",
        "The lecture's numbers transposed, scaled or counted anew; nothing is computed twice.",
        "Every drawn product of every combination of switches, multiplied out.",
        "1e-10",
        (
            "tests/test_conventions.py::test_every_product_that_is_drawn_multiplies_out",
            "tests/test_conventions.py::test_the_code_that_is_shown_runs_and_gives_the_gradient",
        ),
        CHAIN,
    ),
)

GRADIENT = (
    Claim(
        "Gradient",
        "One backward sweep.",
        f"{ORACLE}, differentiated by complex steps.",
        "1e-12",
        (
            "tests/engine/test_gradients.py::test_gradients_and_losses_are_those_of_the_oracle",
            "tests/engine/test_gradients.py::test_central_differences_agree",
        ),
        CHAIN,
    ),
    Claim(
        "Each term (t, k)",
        "Its own product of factors, never what is left of the gradient.",
        "The derivative of Lₜ by the copy of the parameter that step k uses, moved alone.",
        "1e-12",
        ("tests/engine/test_gradients.py::test_every_term_is_the_derivative_by_one_untied_copy",),
        CHAIN,
    ),
    Claim(
        "Sum of all terms",
        "Every term added up.",
        "The gradient of the backward sweep.",
        "1e-13",
        (
            "tests/engine/test_gradients.py::test_terms_sum_to_what_backward_gives",
            "tests/engine/test_properties.py::test_terms_sum_to_the_gradient",
        ),
        CHAIN,
    ),
    Claim(
        "Rows, columns and margins of the grid",
        "Terms added up along a row, a column or a lag.",
        "A loss alone for a row, what the loop adds at a step for a column.",
        "1e-13",
        (
            "tests/engine/test_gradients.py::test_columns_are_what_the_loop_adds_at_a_step",
            "tests/test_scene.py::test_terms_rows_and_columns_close",
        ),
        CHAIN,
    ),
    Claim(
        "Factors",
        "Each on its own, with its real numbers.",
        "Their product is the displayed term; each one is a complex-step derivative.",
        "1e-12",
        (
            "tests/engine/test_factors.py::test_hops_and_jacobians_are_derivatives_by_the_state",
            "tests/engine/test_factors.py::test_the_immediate_factor_holds_the_state_before_fixed",
            "tests/test_scene.py::test_displayed_factors_multiply_to_the_displayed_term",
        ),
        CHAIN,
    ),
    Claim(
        "The loop's walk: dh, da, dh_next",
        "The code that is shown, run line by line.",
        "Adjoints and columns of the grid.",
        "1e-13",
        (
            "tests/test_plain_loop.py::test_dh_is_the_sum_of_the_adjoints",
            "tests/test_plain_loop.py::test_the_shown_code_gives_the_gradient_when_it_is_run_as_it_stands",
        ),
        CHAIN,
    ),
    Claim(
        "Immediate and total derivative",
        "Immediate derivatives, taken forward by Jacobians.",
        "A complex step with the state before held fixed, and one without.",
        "1e-12",
        ("tests/test_opened.py::test_immediate_and_total_derivative_are_what_a_complex_step_finds",),
        CHAIN,
    ),
    Claim(
        "What an edit does",
        "The network is run again with the edited number; the prediction is slope times change.",
        "A complex step along the edited number.",
        "1e-12",
        (
            "tests/test_whatif.py::test_the_slope_is_that_of_a_complex_step",
            "tests/test_whatif.py::test_every_point_of_the_curve_is_the_experiment_with_that_value",
        ),
        CHAIN,
    ),
)

WAY_BACK = (
    Claim(
        "Norms of terms and adjoints",
        "Frobenius norms, scaled so that no square under- or overflows; up to 64 MiB from the terms, beyond "
        "without ever holding them.",
        "Norms of the oracle's terms.",
        "1e-12",
        (
            "tests/engine/test_norms.py::test_norms_are_those_of_the_oracles_terms",
            "tests/engine/test_norms.py::test_adjoint_norms_are_those_of_the_adjoints",
        ),
        FLOW,
    ),
    Claim(
        "Shares by lag",
        "Each term along the gradient's direction.",
        "The oracle's terms; shares sum to 1.",
        "1e-10",
        ("tests/engine/test_lags.py::test_the_shares_are_those_of_the_untied_terms_and_sum_to_one",),
        FLOW,
    ),
    Claim(
        "Jacobians and their bound",
        "Singular values of the product of step Jacobians.",
        "The engine's Jacobians one by one; none may lie above (γ σₘₐₓ)^lag.",
        "1e-10",
        (
            "tests/test_experiment.py::test_jacobian_norms_are_those_of_the_engine_and_below_the_bound",
            "tests/test_flow.py::test_nothing_is_ever_drawn_above_the_bound",
        ),
        FLOW,
    ),
    Claim(
        "Truncated gradients",
        "A backward sweep that stops.",
        "The sum of the oracle's kept terms; for chunks, the gradient with the state detached.",
        "1e-12",
        (
            "tests/engine/test_gradients.py::test_truncation_keeps_the_right_terms",
            "tests/engine/test_gradients.py::test_chunks_are_what_detaching_the_state_gives",
        ),
        FLOW,
    ),
    Claim(
        "Clipping",
        "First by norm, then by value, as training does.",
        "Lengths, angles and limits computed apart.",
        "1e-12",
        (
            "tests/test_shortcuts.py::test_clipping_by_norm_keeps_the_direction_and_by_value_the_limit",
            "tests/test_shortcuts.py::"
            "test_what_clipping_does_to_the_gradient_of_training_is_what_training_does",
        ),
        FLOW,
    ),
    Claim(
        "The cliff",
        "The whole network at each point of the map.",
        "The engine's loss there; slopes against differences of the map.",
        "1e-12",
        (
            "tests/test_cliff.py::test_every_loss_of_the_map_is_the_engines",
            "tests/test_cliff.py::test_the_two_components_are_slopes_of_the_surface",
        ),
        FLOW,
    ),
    Claim(
        "What cures it",
        "Every way trained on 1024 sequences and judged on 256 others.",
        "Plain descent written again, update by update; losses and adjoints of both cells apart.",
        "1e-10",
        (
            "tests/test_cures.py::test_the_plain_ways_are_plain_descent_on_one_batch_after_another",
            "tests/test_cures.py::test_no_sequence_is_both_learned_from_and_held_out",
        ),
        FLOW,
    ),
    Claim(
        "Gated cells",
        "GRU and LSTM with a backward sweep of their own.",
        "Both cells written again gate by gate, untied, with complex steps.",
        "1e-12",
        ("tests/engine/test_gates.py::test_gradient_and_parts_by_lag_are_sums_of_the_untied_terms",),
        FLOW,
    ),
)

LEARNING = (
    Claim(
        "Parameters while training",
        "Every epoch is computed; up to 300 of them are kept in full.",
        "Plain descent, momentum and Adam written again, number by number.",
        "1e-9",
        (
            "tests/engine/test_training.py::test_forty_steps_of_sgd_are_those_of_plain_descent",
            "tests/engine/test_training.py::test_other_optimisers_follow_their_rule",
        ),
        TRAINING,
    ),
    Claim(
        "Curves and matrices of the studio",
        "Sent to the browser as 32-bit floats, about seven digits; the table below has all.",
        "The recorded run.",
        "1e-6",
        ("tests/test_training_scene.py::test_curves_are_the_run",),
        TRAINING,
    ),
    Claim(
        "A run from its link",
        "Nothing is stored: a link is computed anew.",
        "The same run, to the last bit.",
        "",
        ("tests/test_training_scene.py::test_a_run_from_its_link_is_the_same_to_the_last_bit",),
        TRAINING,
    ),
    Claim(
        "Held-out losses and answers",
        "On sequences that training never sees.",
        "The data: none of them was trained on.",
        "",
        (
            "tests/test_tasks.py::test_no_held_out_sequence_is_trained_on",
            "tests/test_experiment.py::test_held_out_losses_are_those_of_the_snapshots",
        ),
        TRAINING,
    ),
    Claim(
        "Forecasts",
        "One year ahead from the true past, free-running from the network's own forecasts.",
        "A loop year by year; naive forecasts beside it.",
        "1e-12",
        (
            "tests/test_learned.py::test_free_running_reads_its_own_forecasts",
            "tests/test_tasks.py::test_sunspot_baselines_and_errors",
        ),
        TRAINING,
    ),
    Claim(
        "The path over the loss",
        "The two directions in which the parameters spread most, and the loss on that plane.",
        "The network's loss at places of the plane.",
        "1e-9",
        (
            "tests/test_learned.py::test_the_loss_on_the_plane_is_the_networks",
            "tests/test_learned.py::test_the_plane_is_that_of_the_most_spread_path",
        ),
        TRAINING,
    ),
    Claim(
        "The gradient check itself",
        "Six checks of one gradient.",
        "Six classic mistakes: for each of them some check must fail, on every preset.",
        "",
        (
            "tests/test_mistakes.py::test_every_mistake_turns_a_check_red_on_every_preset",
            "tests/test_mistakes.py::test_every_preset_is_green_without_a_mistake",
        ),
        CHECK,
    ),
)

CLAIMS: dict[str, tuple[Claim, ...]] = {
    "Forward": FORWARD,
    "Gradient": GRADIENT,
    "Way back": WAY_BACK,
    "Learning": LEARNING,
}

LEFT_OUT: dict[str, tuple[str, ...]] = {
    "The network": (
        "One hidden layer, one direction: no stacked layers, no second network that reads backwards, no "
        "encoder and decoder.",
        "No attention, no embeddings that are learned, no dropout, no normalisation of batches or layers.",
        "GRU and LSTM stand in “What cures it” alone. Their terms are not taken apart, and the LSTM has no "
        "peepholes.",
        "The start state is zeros, or what is edited. It is not learned, and no state is carried from one "
        "batch to the next.",
        "All sequences of a batch have the same length. Shorter phrases get zeros in front; nothing is "
        "masked.",
    ),
    "Training": (
        "Every update uses the whole batch: no shuffling, no noise from sampling. “What cures it” alone "
        "takes 64 of 1024 sequences an update, in a fixed order.",
        "The learning rate stays as it is. Momentum is 0.9, Adam has its usual constants and no weight "
        "decay. There is no second-order method.",
        "No regularisation and no early stopping: training ends after the last epoch, or where numbers are "
        "no longer finite.",
        "Inputs are always the true ones. A network reads its own outputs only when it writes a text or "
        "forecasts freely after training.",
        "Truncation cuts the gradient, not the sequence: states are always carried forward over all T steps. "
        "Both sums of kept terms are exact; training in practice often updates after each chunk.",
    ),
    "Numbers": (
        "Double precision everywhere, on the processor. Half precision, mixed precision and graphics cards "
        "behave otherwise.",
        "T up to 200, m and n₁ up to 64, 2000 epochs. Beyond 12 steps the stage folds the middle; beyond 64 "
        "MiB of terms only their norms are computed.",
        "The loss surface moves two entries and holds the rest: a slice of a space of many dimensions.",
        "Norms on a log scale have no place for 0; exact zeros are drawn in a colour of their own.",
    ),
    "What it shows": (
        "The tasks are small, and the seeds of the presets were chosen so that they show what their sentence "
        "says. Another seed may train worse.",
        "What helps in the laboratory helps there: two tasks, one size, one seed, rates that nobody tuned. "
        "It is no ranking of methods.",
        "A bound says what cannot happen, not what will. The spectral radius is the rate of the powers of "
        "Wₕ₁ in the long run; with slopes between them it tells nothing.",
    ),
}
"""What the app does not model, by subject."""


def exactness(claim: Claim) -> str:
    """Return the tolerance as it is read: ``within 1e−12`` or ``equal``."""
    return (
        f"within {claim.tolerance.replace('-', '−')}"
        if claim.tolerance
        else "equal, bit by bit or one by one"
    )


def listed(claims: tuple[Claim, ...]) -> str:
    """Return claims as a list in Markdown, each with its tests."""
    return "\n".join(_item(claim) for claim in claims)


def _item(claim: Claim) -> str:
    files = ", ".join(dict.fromkeys(f"`{test.split('::')[0]}`" for test in claim.tests))
    return (
        f"- **{claim.what}.** {claim.how}  \n"
        f"  Compared with: {claim.against[0].lower()}{claim.against[1:].rstrip('.')}. "
        f"**{exactness(claim)}** · {files}"
    )
