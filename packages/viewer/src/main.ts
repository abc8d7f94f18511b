import { mount } from 'svelte';
import Studio from './panels/Studio.svelte';
import './style.css';

mount(Studio, { target: document.getElementById('studio')! });
