"""Fits the trees that say how much of the inside belongs to a part, from the rows of completion-samples.ts.

    /usr/bin/python3 training/completion-fit.py SAMPLES OUT.json [--trees 130] [--depth 5] [--folds 5]

SAMPLES: the files SAMPLES.bin and SAMPLES.json. Fits again without each fold, twice: folds of groups (packs, furniture,
robots: what one maker made is held out together) and folds of models. The trees of these fits are left in the folder
`models` beside OUT.json and the fold of each model in OUT.folds.json, for `bench/complete.ts --held-out`. Prints the mean IoU
over parts, counted in nodes, of what a fit did not see, beside that of two rules without learning, and writes it to
OUT.scores.json. Needs numpy and xgboost (1.7.4).
"""
import argparse, json, os, re
import numpy as np
import xgboost as xgb


def pack(name):
    kind, model = name.split("/")
    found = re.match(r"public_glb_(modular_sci_fi_guns|.*?)_pack|public_glb_(modular_[a-z_]+?)_(?=[A-Z0-9])", model)
    return kind + ":" + (found.group(0) if found else "")


class Samples:
    def __init__(self, name):
        meta = json.load(open(name + ".json"))
        self.clues, self.parts = meta["clues"], meta["parts"]
        rows = np.fromfile(name + ".bin", dtype=np.float32).reshape(-1, len(self.clues) + 2)
        self.x, self.truth, self.cell = rows[:, :-2], rows[:, -2] > 0.5, rows[:, -1].astype(np.float64)
        counts = np.array([part["rows"] for part in self.parts])
        self.part = np.repeat(np.arange(len(counts)), counts)
        self.counts = counts
        self.visible = np.array([part["visible"] for part in self.parts])
        self.first = np.array([part["first"] for part in self.parts])
        volume = np.bincount(self.part, self.truth * self.cell, len(counts))
        # Thinner than the grid sees: counted in nodes such parts are noise.
        self.good = (volume > 0.02) & (volume < 1.3)
        # What of the true part no node stands for is missed; the noise of the grid is not.
        self.volume = np.where((volume < 0.9) | (volume > 1.15), 1, volume)

    def ious(self, mask):
        n = len(self.counts)
        both = np.bincount(self.part, (mask & self.truth) * self.cell, n)
        ours = np.bincount(self.part, mask * self.cell, n)
        return both / np.maximum(1e-9, ours + self.volume - both)

    def report(self, name, mask):
        s, low = self.ious(mask), self.visible < 0.7
        means = []
        for where in (True, ~self.first):
            means += [float(s[self.good & where & which].mean()) for which in (low | True, low, ~low)]
        print(f"{name:30s}" + "  ".join(f"{mean:.4f}" for mean in means), flush=True)
        return means


def fit(s, rows, weight, a):
    # Of 1624 hidden parts, models left out, counted on coarse nodes: 0.825; 6 deep 0.824, with 200 for 60 0.821 (both 0.821).
    matrix = xgb.DMatrix(s.x[rows], label=s.truth[rows], weight=weight[rows] / weight[rows].mean())
    settings = dict(
        objective="binary:logistic", max_depth=a.depth, eta=a.eta, tree_method="hist", max_bin=48, nthread=1, seed=1,
        subsample=0.6, colsample_bytree=0.6, min_child_weight=60, reg_lambda=5, base_score=0.5,
    )
    return xgb.train(settings, matrix, a.trees)


def groups(packs, count):
    """Packs in so many groups of about as many parts."""
    names, which, sizes = np.unique(packs, return_inverse=True, return_counts=True)
    load, group = np.zeros(count), np.zeros(len(names), int)
    for i in np.argsort(-sizes, kind="stable"):
        group[i] = load.argmin()
        load[group[i]] += sizes[i]
    return group[which]


def write(booster, clues, name):
    clue, value = [], []

    def visit(node):
        if "leaf" in node:
            clue.append(-1)
            value.append(float(f"{node['leaf']:.4g}"))
            return
        clue.append(int(node["split"][1:]))
        value.append(float(f"{node['split_condition']:.5g}"))
        children = {child["nodeid"]: child for child in node["children"]}
        visit(children[node["yes"]])
        visit(children[node["no"]])

    for tree in booster.get_dump(dump_format="json"):
        visit(json.loads(tree))
    model = {"format": "meshwright-hidden-trees-1", "clues": clues, "clue": clue, "value": value}
    json.dump(model, open(name, "w"), separators=(",", ":"))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("samples")
    args.add_argument("output")
    args.add_argument("--trees", type=int, default=130)
    args.add_argument("--depth", type=int, default=5)
    args.add_argument("--eta", type=float, default=0.15)
    args.add_argument("--folds", type=int, default=5)
    args.add_argument("--rows", type=int, default=220, help="of each part, to fit on")
    a = args.parse_args()
    s = Samples(a.samples)
    # Each part counts alike whatever its size, and more where more of it is hidden.
    share = np.minimum(1, a.rows / np.maximum(1, s.counts))[s.part]
    weight = np.minimum(s.cell, 0.02) / share * (np.sqrt(np.clip(1.05 - s.visible, 0.05, 1)) * s.good)[s.part]
    drawn = (np.random.default_rng(0).random(len(s.x)) < share) & (weight > 0)
    low = s.good & (s.visible < 0.7)
    scores = {"points": int(drawn.sum()), "models": len({part["name"] for part in s.parts})}
    scores["parts"] = [int(s.good.sum()), int((s.good & ~s.first).sum())]
    scores["low"] = [int(low.sum()), int((low & ~s.first).sum())]
    print("mean IoU: all parts, below 0.7 visible, others; the same of the second folder")
    column = {clue: s.x[:, i] for i, clue in enumerate(s.clues)}
    w, hull = column["winding"], column["hull"]
    scores["rule"] = s.report("winding > .15, hull < .02", (w > 0.15) & (hull < 0.02))
    scores["field"] = s.report("field < 0, winding > .1", (column["field"] < 0) & (w > 0.1))
    names = [part["name"] for part in s.parts]
    folds = {"group": groups([pack(name) for name in names], a.folds), "model": groups(names, a.folds)}
    stem = a.output.removesuffix(".json")
    models = os.path.join(os.path.dirname(stem), "models", os.path.basename(stem))
    for by, fold in folds.items():
        odds = np.zeros(len(s.x), np.float32)
        for k in range(a.folds):
            held = (fold == k)[s.part]
            booster = fit(s, drawn & ~held, weight, a)
            odds[held] = booster.predict(xgb.DMatrix(s.x[held]), output_margin=True)
            write(booster, s.clues, f"{models}-{by}-{k}.json")
        scores[by] = s.report(f"trees, fold of {by}s left out", odds > 0)
    foldOf = {by: {name: int(k) for name, k in zip(names, fold)} for by, fold in folds.items()}
    json.dump(foldOf, open(stem + ".folds.json", "w"))
    booster = fit(s, drawn, weight, a)
    scores["seen"] = s.report("trees, all seen", booster.predict(xgb.DMatrix(s.x), output_margin=True) > 0)
    write(booster, s.clues, a.output)
    json.dump(scores, open(stem + ".scores.json", "w"))


main()
