"""The published pages, row by row: what each line says, and what of it Home Assistant can do.

A page is a table of rows (`table.py`), one for each line of the page: an endpoint with an action, a
parameter, or an answer. The same table is tested (`test_pages.py`) and written to `docs/coverage.md`
by `python -m scripts._docs`, so that neither can say what the other does not.

To add a page, write a module with its rows and a `Page`, and name it in `pages.py`. A row has

- `section` and `line`: where on the page, and what the page says there;
- `through`: which action, entity or event of Home Assistant it is;
- `do`: what a person would do, and what is then seen. It gets a `Bench` (`bench.py`): a real Home
  Assistant that is set up once for each section and dialect of the page, and the simulator;
- `route` and `sent`: the request that has to be in the ledger of the simulator afterwards;
- `verdicts`: for each dialect of the page `says` (it works, and this is the text of the answer),
  `works` (the answer is no text), `unsent` (Home Assistant looks before, and there is nothing to be
  done or it raises `error`; the server answers so when asked directly), `refuses` (it is sent, and the
  server refuses), `unused` (the server has it, nothing is made of it) or `never` (no server of that dialect has it, and Home Assistant says so). A single
  verdict holds in every dialect. Without a `route`, `do` alone decides.
- `prepare`: what makes the simulated observatory ready. Before it, everything is connected and
  rests, the roof is closed and the mount parked. A row that `follows` is tried as the one before has
  left everything.

Modules with rows import nothing of Home Assistant's test harness (`Bench` for type checkers only):
the document is written without it.
"""
