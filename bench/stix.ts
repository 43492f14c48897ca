import { createHash } from 'node:crypto'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { checkObject, type StixObject } from '#exchange/stix/check.ts'
import { contentKeyText } from '#exchange/stix/content.ts'
import { warningOfId } from '#exchange/stix/deterministic-id.ts'
import { readEnvelope } from '#exchange/stix/envelope.ts'
import { figure } from './figure.ts'

/** What reading an object costs the server: strict parse with its exact bytes, check, deterministic id, comparison. */
const OBJECTS = 1000
const ROUNDS = 40

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

/** The generator of the design (exchange.md, 22.5). */
function indicator(n: number): object {
  const [id, hash, at] = [digest(`i${n}`), digest(`v${n}`), new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString()]
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-${'89ab'[Number.parseInt(id[16]!, 16) & 3]}${id.slice(17, 20)}-${id.slice(20, 32)}`
  const patterns = [
    `[file:hashes.'SHA-256' = '${hash}']`,
    `[url:value = 'https://c${n % 5003}.example${n % 97}.com/p/${hash.slice(0, 16)}']`,
    `[domain-name:value = 'd${n}.bad${n % 997}.example']`,
    `[ipv4-addr:value = '${10 + ((n >> 16) & 127)}.${(n >> 8) & 255}.${n & 255}.${hash.charCodeAt(0)}']`,
  ]
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${uuid}`,
    created_by_ref: 'identity--f431f809-377b-45e0-aa1c-6a4751cae5ff',
    created: at,
    modified: at,
    name: `Indicator ${n}`,
    description: 'Synthetic indicator for the exchange benchmark; carries no real threat data.',
    indicator_types: ['malicious-activity'],
    pattern: patterns[n % 4],
    pattern_type: 'stix',
    valid_from: at,
    confidence: 50 + (n % 50),
    labels: ['bench'],
    object_marking_refs: ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb'],
  }
}

const objects = Array.from({ length: OBJECTS }, (_, n) => indicator(n))
const envelope = Buffer.from(JSON.stringify({ objects }))
const megabytes = (envelope.length * ROUNDS) / 1e6

const parsed = measure(() => readEnvelope(envelope))
figure('envelope of 1,000 indicators: slices and strict parse', megabytes / parsed, 'MB per CPU-second')
figure('the strict parser of bodies, which keeps no slices', megabytes / measure(() => parseStrictJson(envelope)), 'MB per CPU-second')
figure('JSON.parse alone, which keeps no bytes and takes duplicates', megabytes / measure(() => JSON.parse(envelope.toString())), 'MB per CPU-second')
const each = OBJECTS * ROUNDS
figure('indicators checked, pattern and all', each / measure(() => objects.map((object) => checkObject(object))), 'per CPU-second')
const slices = readEnvelope(envelope).objects
figure(
  'contents of indicators as canonical text',
  each / measure(() => slices.map(({ value, bytes }) => contentKeyText(value as StixObject, bytes))),
  'per CPU-second',
)
const files = objects.map((_, n) => ({
  type: 'file',
  id: 'file--9299f726-ce06-592e-8472-2b52ccb53191',
  name: `${n}.exe`,
  hashes: { 'SHA-256': digest(`f${n}`) },
}))
figure('ids of files recomputed', each / measure(() => files.map((file) => warningOfId(file))), 'per CPU-second')
const all = measure(() => readEnvelope(envelope).objects.map(({ value, bytes }) => [checkObject(value), contentKeyText(value as StixObject, bytes)]))
figure('all of it: bytes to checked objects with their content', each / all, 'objects per CPU-second')

function measure(work: () => unknown): number {
  for (let round = 0; round < ROUNDS / 4; round++) work()
  const before = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round++) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
