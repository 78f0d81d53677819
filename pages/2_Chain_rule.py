"""Chain rule: every path of the gradient as a term of the (t, k) grid, and the check that they add up."""

from rnnviz import ui
from rnnviz.laboratory.speed import show as speed
from rnnviz.ui import network

config = ui.page("2_Chain_rule", group="network")
first = f"term-{config.steps - 1}-{max(config.steps - 2, 0)}"
ui.stage(config, "chain.stage", first_frame=first, detail=True)
ui.control("sample", config)
network.banner(config)

speed.show(config)

ledger = ui.lazy_fold("The ledger: what the terms add up to, digit by digit, beside three other ways", key="ledger")
if ledger.open:
    with ledger:
        account = ui.ledger(config)
        ui.say(account.sentence)
        ui.digits(account.columns, key="chain.ledger")
        ui.note(account.remark)
        ui.digits(account.residuals, key="chain.residuals")
ui.words()
