/** Names of the pair features, for training/fit.py. */
import { PAIR_FEATURES } from '../packages/engine/src/segmentation/pair-features.ts';

console.log(PAIR_FEATURES.join());
