"""What am I looking at: a few sentences for each page, for a reader who has it open for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GUIDES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Home": (
            "One training step of a recurrent network: inputs X below, hidden states H in the middle, "
            "predictions "
            "Ŷ and losses L above. Time runs to the right, and every number is computed.",
            "Press Play, or step with the arrow keys. Blue goes forward, yellow is the loss, orange goes "
            "back "
            "through time, green moves the weights.",
            "The triangle beside it collects the terms of the gradient: row t is the loss a term starts "
            "from, "
            "column k the step at which the weight was used. A click on a cell takes you to its path.",
            "Point at anything: the same quantity lights up everywhere. A click keeps it lit.",
        ),
        "Lessons": (
            "The lecture in its order. One paragraph at a time stands above; the stage below shows the "
            "frame that "
            "it speaks of, with the numbers of your network.",
            "Next, the arrow keys or a swipe turn the paragraph. What is coloured in an equation lights up "
            "in the "
            "network.",
            "The first lesson explains every symbol. Your place is kept in this browser.",
        ),
        "Unrolled_network": (
            "The same layer drawn twice: once with its loop, once unrolled, a copy for each step. All "
            "copies use "
            "the same weights.",
            "Choose a step with the slider: below, its matrices are multiplied out with their numbers.",
            "The maps at the end show all states, and the predictions beside the targets.",
        ),
        "Chain_rule": (
            "The gradient of one parameter, taken apart. Each cell (t, k) of the triangle is one term: "
            "from the "
            "loss at step t back to the use of the weight at step k.",
            "Click a cell: its path lights up, the equation shows its factors, the matrices their numbers.",
            "The switches open a factor further. “Backward loop” walks the same sum as the code does.",
            "Every number in a matrix can be changed: click it, type, and see everything follow.",
        ),
        "Gradient_flow": (
            "How much of an error arrives how many steps back. One picture at a time; the sentence above "
            "it has "
            "its main numbers.",
            "The row of examples shows one cause each: small weights, saturation, growth. The parts ask "
            "about "
            "causes, truncation and clipping, the cliff, and what cures it.",
            "In the maps brighter is larger; scales are logarithmic where the numbers span many powers of "
            "ten.",
        ),
        "Training": (
            "A whole training run. The matrices show a parameter before the step, the step, and after it; "
            "the "
            "charts share one cursor.",
            "Play, or point at an epoch in any chart: everything follows. Arrow down walks through the "
            "five acts "
            "inside an epoch.",
            "Pin a run, change one setting, and compare. Your own data can be brought along.",
        ),
        "Gradient_check": (
            "The backward loop against what does not share its code: differences of the loss, complex steps, "
            "all terms added up.",
            "Break a line of the loop on purpose with the first row of buttons and see which check notices.",
            "Each row of the table is one check, with the size of its error and what it means.",
        ),
        "Questions": (
            "Questions about the network on the screen. Commit first; the answer is then computed, and the "
            "stage "
            "shows where it stands.",
            "Each wrong choice is something that is really often believed; the reply says why it fails here.",
            "The ten numbers are ten themes. Click one to stay with it.",
        ),
        "Words": (
            "Every word and symbol of the app, in a sentence or two, with its shape for your network.",
            "Type a word to find it. The links lead to where it is to be seen.",
            "Further down: who writes it how, from the lecture to PyTorch, and what to read.",
        ),
        "Is_this_true?": (
            "How each kind of number on the screen is computed, against what it is checked, and how exactly.",
            "The first table runs checks on your own network, now. The list at the end says what is left "
            "out.",
        ),
        "Take_away": (
            "Files to keep: the session, programs that check every number they hold, a page that plays "
            "offline.",
            "A session file holds settings, start values, your data, prepared steps and progress.",
            "The link of any moment is shorter: “Copy link” is at the top of every page.",
        ),
    }
)
