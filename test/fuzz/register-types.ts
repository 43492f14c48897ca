import { register } from 'node:module'
import { loadOnOlderGlibc } from './older-glibc.ts'

loadOnOlderGlibc()
register('./types-loader.ts', import.meta.url)
