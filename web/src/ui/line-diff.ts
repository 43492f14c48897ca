export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}
/** Lines that stayed, left out of the view. */
export interface Skipped {
  readonly kind: 'skipped'
  readonly count: number
}

/** Beyond so many pairs of changed lines the middle is shown as replaced whole: a comparison would keep the browser busy. */
const MOST_PAIRS = 4_000_000

/** What of a text changed, line by line: a longest common subsequence between what both begin and end with. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [old, now] = [linesOf(before), linesOf(after)]
  let head = 0
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head += 1
  let tail = 0
  while (tail < Math.min(old.length, now.length) - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1
  const same = (text: string): DiffLine => ({ kind: 'same', text })
  return [
    ...old.slice(0, head).map(same),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ]
}

/** No text has no line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}

function middle(old: readonly string[], now: readonly string[]): DiffLine[] {
  if (old.length * now.length > MOST_PAIRS) return [...all('removed', old), ...all('added', now)]
  const common = lengths(old, now)
  const width = now.length + 1
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      lines.push({ kind: 'same', text: old[i]! })
      i += 1
      j += 1
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) {
      lines.push({ kind: 'removed', text: old[i]! })
      i += 1
    } else {
      lines.push({ kind: 'added', text: now[j]! })
      j += 1
    }
  }
  return [...lines, ...all('removed', old.slice(i)), ...all('added', now.slice(j))]
}

/** For each pair of positions, how many lines the rests have in common in order. */
function lengths(old: readonly string[], now: readonly string[]): Uint32Array {
  const width = now.length + 1
  const table = new Uint32Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const at = i * width + j
      table[at] = old[i] === now[j] ? table[at + width + 1]! + 1 : Math.max(table[at + width]!, table[at + 1]!)
    }
  }
  return table
}

function all(kind: DiffLine['kind'], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ kind, text }))
}

/** Leaves out what stayed, but for `around` lines on each side of a change. */
export function withContext(lines: readonly DiffLine[], around: number): (DiffLine | Skipped)[] {
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'))
  const shown: (DiffLine | Skipped)[] = []
  lines.forEach((line, index) => {
    if (near[index]) {
      shown.push(line)
      return
    }
    const last = shown.at(-1)
    if (last?.kind === 'skipped') shown[shown.length - 1] = { kind: 'skipped', count: last.count + 1 }
    else shown.push({ kind: 'skipped', count: 1 })
  })
  return shown
}
