import { describe, expect, it } from "vitest";
import { foldLog } from "../../cli/errors/fold-log";

const log = [
  `{"time":"2026-11-21T04:01:34.887Z","level":"info","event":"training_started"}`,
  "Traceback (most recent call last):",
  `  File "/home/ada/project/.slipway/images/76c8/context/kit/src/slipway_kit/training/entrypoint.py", line 32, in main`,
  "    context = _train(layout, code_dir)",
  "              ^^^^^^^^^^^^^^^^^^^^^^^^",
  `  File "/home/ada/project/.slipway/images/76c8/context/code/model.py", line 29, in fit`,
  `    features = row["petal_lenght"]`,
  "               ~~~^^^^^^^^^^^^^^^^",
  `  File "/usr/lib/python3.11/site-packages/joblib/numpy_pickle.py", line 741, in load`,
  `    with open(filename, "rb") as f:`,
  "KeyError: 'petal_lenght'",
];

describe("the log of a failed container", () => {
  it("keeps the user's own frames, named as in their folder, and the error; libraries and structured lines are folded", () => {
    expect(foldLog(log)).toEqual({
      lines: [
        "Traceback (most recent call last):",
        `  File "model.py", line 29, in fit`,
        `    features = row["petal_lenght"]`,
        "KeyError: 'petal_lenght'",
      ],
      folded: 7,
    });
  });

  it("without a traceback keeps its last lines, each once", () => {
    expect(foldLog([...Array.from({ length: 20 }, (_, index) => `line ${index}`), "line 19", ""])).toEqual({
      lines: ["line 12", "line 13", "line 14", "line 15", "line 16", "line 17", "line 18", "line 19"],
      folded: 14,
    });
  });

  it("that is empty stays empty", () => {
    expect(foldLog([])).toEqual({ lines: [], folded: 0 });
  });
});
