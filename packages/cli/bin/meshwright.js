#!/usr/bin/env node
// npm links this file before the build has made the other.
import '../dist/main.js';
