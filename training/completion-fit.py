"""Fits the perceptron that says how much of the inside belongs to a part, from the rows of completion-samples.ts.

    python3 training/completion-fit.py SAMPLES OUT.json [--held SAMPLES] [--seed 1] [--steps 2500]

SAMPLES: the files SAMPLES.bin and SAMPLES.json. Prints the mean IoU over parts, counted in nodes: of packs that the
fit did not see (five groups of packs), beside that of the rule it replaces.
"""
import argparse, json, re
import numpy as np


def load(name, keep=1.0):
    meta = json.load(open(name + ".json"))
    width = len(meta["clues"]) + 2
    rows = np.fromfile(name + ".bin", dtype=np.float32).reshape(-1, width)
    counts = np.array([p["rows"] for p in meta["parts"]])
    part = np.repeat(np.arange(len(counts)), counts)
    if keep < 1:
        chosen = np.random.default_rng(0).random(len(rows)) < keep
        rows, part = rows[chosen], part[chosen]
        rows[:, -1] /= keep
    packs = [pack(p["name"]) for p in meta["parts"]]
    visible = np.array([p["visible"] for p in meta["parts"]])
    return meta["clues"], rows[:, :-2], rows[:, -2] > 0.5, rows[:, -1], part, packs, visible


def pack(name):
    kind, model = name.split("/")
    found = re.match(r"public_glb_(modular_sci_fi_guns|.*?)_pack|public_glb_(modular_[a-z_]+?)_(?=[A-Z0-9])", model)
    return kind + ":" + (found.group(0) if found else model)


def fit(x, t, weight, hidden, steps, seed, batch=4096):
    draw = np.random.default_rng(seed)
    mean, spread = x.mean(0), x.std(0) + 1e-6
    sizes = [x.shape[1], *hidden, 1]
    params = []
    for a, b in zip(sizes, sizes[1:]):
        params += [draw.normal(0, np.sqrt(2 / a), (a, b)).astype(np.float32), np.zeros(b, np.float32)]
    m = [np.zeros_like(p) for p in params]
    v = [np.zeros_like(p) for p in params]
    average = [p.copy() for p in params]
    chance = np.cumsum(weight / weight.sum())
    xs = ((x - mean) / spread).astype(np.float32)
    for step in range(steps):
        pick = np.searchsorted(chance, draw.random(batch)).clip(0, len(x) - 1)
        acts = [xs[pick]]
        for layer in range(len(hidden)):
            acts.append(np.tanh(acts[-1] @ params[2 * layer] + params[2 * layer + 1]))
        z = (acts[-1] @ params[-2] + params[-1])[:, 0]
        p = 1 / (1 + np.exp(-z))
        grad = ((p - t[pick]) / batch).astype(np.float32)[:, None]
        grads = [None] * len(params)
        for layer in range(len(hidden), -1, -1):
            grads[2 * layer] = acts[layer].T @ grad
            grads[2 * layer + 1] = grad.sum(0)
            if layer:
                grad = (grad @ params[2 * layer].T) * (1 - acts[layer] ** 2)
        rate = 4e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
        for i in range(len(params)):
            g = grads[i] + 1e-5 * params[i]
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.99 * v[i] + 0.01 * g * g
            a = m[i] / (1 - 0.9 ** (step + 1))
            b = v[i] / (1 - 0.99 ** (step + 1))
            params[i] = params[i] - rate * a / (np.sqrt(b) + 1e-8)
    w0 = params[0] / spread[:, None]
    return [w0, params[1] - mean @ w0, *params[2:]]


def predict(params, x):
    out = np.empty(len(x), np.float32)
    for i in range(0, len(x), 200000):
        a = x[i : i + 200000]
        for layer in range(0, len(params) - 2, 2):
            a = np.tanh(a @ params[layer] + params[layer + 1])
        out[i : i + 200000] = (a @ params[-2] + params[-1])[:, 0]
    return out


def ious(mask, t, cell, part, parts):
    both = np.bincount(part, weights=(mask & t) * cell, minlength=parts)
    ours = np.bincount(part, weights=mask * cell, minlength=parts)
    # What of the true part no node stands for is missed; the noise of drawing nodes is not.
    truth = np.bincount(part, weights=t * cell, minlength=parts)
    return both / np.maximum(1e-9, ours + truth - both)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("samples")
    args.add_argument("output")
    args.add_argument("--held")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--steps", type=int, default=2500)
    args.add_argument("--hidden", default="24,24")
    args.add_argument("--folds", type=int, default=5)
    args.add_argument("--drop", default="")
    args.add_argument("--keep", type=float, default=1.0)
    args.add_argument("--power", type=float, default=0.5)
    a = args.parse_args()
    clues, x, t, cell, part, packs, visible = load(a.samples, a.keep)
    hidden = [int(n) for n in a.hidden.split(",")]
    used = [i for i, c in enumerate(clues) if c not in a.drop.split(",")]
    clues, x = [clues[i] for i in used], x[:, used]
    truth = np.bincount(part, weights=t * cell, minlength=len(packs))
    good = (truth > 0.8) & (truth < 1.25)
    # Each part counts alike, each hidden share more.
    per_part = (np.clip(1.05 - visible, 0.05, 1) ** a.power) * good
    weight = np.minimum(cell, 0.02) * per_part[part]
    i = [clues.index(c) for c in ("winding", "field", "hull")]
    w, f, hull = x[:, i[0]], x[:, i[1]], x[:, i[2]]
    n = len(packs)

    def report(name, mask, part=part, t=t, cell=cell, visible=visible, good=good):
        s = ious(mask, t, cell, part, len(visible))
        low = visible < 0.7
        print(f"{name:34s} all {s[good].mean():.4f}  <0.7 {s[good & low].mean():.4f}  >=0.7 {s[good & ~low].mean():.4f}  parts {good.sum()} {(good & low).sum()}", flush=True)
        return s

    report("rule f<0 w>.1", (f < 0) & (w > 0.1))
    report("rule f<0 w>.1 hull<.05", (f < 0) & (w > 0.1) & (hull < 0.05))
    report("rule w>.15 hull<.02", (w > 0.15) & (hull < 0.02))
    names = sorted(set(packs))
    fold = np.array([names.index(p) % max(1, a.folds) for p in packs])
    z = np.zeros(len(x), np.float32)
    if a.folds > 1:
        for k in range(a.folds):
            seen = (fold != k)[part]
            params = fit(x[seen], t[seen], weight[seen], hidden, a.steps, a.seed)
            z[~seen] = predict(params, x[~seen])
        for bias in (-0.6, -0.4, -0.2, 0, 0.2):
            report(f"perceptron, packs left out, {bias}", z > bias)
    params = fit(x, t, weight, hidden, a.steps, a.seed)
    if a.held:
        _, hx, ht, hcell, hpart, _, hvisible = load(a.held)
        hx = hx[:, used]
        htruth = np.bincount(hpart, weights=ht * hcell, minlength=len(hvisible))
        for bias in (-0.4, -0.2, 0):
            report(f"perceptron, held {bias}", predict(params, hx) > bias, hpart, ht, hcell, hvisible, (htruth > .4) & (htruth < 1.3))
        w, f, hull = hx[:, i[0]], hx[:, i[1]], hx[:, i[2]]
        report("held rule hull", (w > 0.15) & (hull < 0.02), hpart, ht, hcell, hvisible, (htruth > .4) & (htruth < 1.3))
    layers = [{"weights": np.round(params[k].T, 4).tolist(), "bias": np.round(params[k + 1], 4).tolist()} for k in range(0, len(params), 2)]
    json.dump({"format": "meshwright-perceptron-1", "clues": clues, "layers": layers}, open(a.output, "w"), separators=(",", ":"))


main()
