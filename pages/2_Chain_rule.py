"""Chain rule: every path of the gradient as a term of the (t, k) grid, and the check that they add up."""

from rnnviz import ui

config = ui.page("Chain rule", ui.PAGES[2].question, group="network")
ui.control("sample", config)
ui.stage(
    config, "chain.stage", first_frame=f"term-{config.steps - 1}-{max(config.steps - 2, 0)}", detail=True
)
ui.heading("The ledger")
account = ui.ledger(config)
ui.say(account.sentence)
ui.table(account.columns, key="chain.ledger")
ui.note(account.remark)
ui.table(account.residuals, key="chain.residuals")
