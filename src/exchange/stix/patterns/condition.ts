import { isWithin, readBlock } from '#exchange/stix/patterns/address.ts'
import { compileExpression } from '#exchange/stix/patterns/expression.ts'
import type { Meter } from '#exchange/stix/patterns/meter.ts'
import type { Observable, Observation } from '#exchange/stix/patterns/observation.ts'
import { compileWalk, lastName } from '#exchange/stix/patterns/path.ts'
import type { Comparison, Condition } from '#exchange/stix/patterns/syntax-tree.ts'
import { comparator, decode, encodingOf, octetsOfText, type Compare, type Encoding } from '#exchange/stix/patterns/value.ts'
import { compileWildcard, type TextTest } from '#exchange/stix/patterns/wildcard.ts'

/** Whether one observation satisfies what stands in one pair of brackets: some one object of it satisfies all (section 9.5). */
export type ObservationTest = (observation: Observation, meter: Meter) => boolean

type ObjectTest = (object: Observable, observation: Observation, meter: Meter) => boolean
type ValueTest = (value: unknown, meter: Meter) => boolean

/** Compiles a condition; expressions that the engine cannot take never hold. */
export function compileCondition(condition: Condition): ObservationTest {
  const test = compileTest(condition)
  return (observation, meter) => {
    for (const object of observation.objects) {
      meter.spend(0.1)
      if (test(object, observation, meter)) return true
    }
    return false
  }
}

/** The expressions of MATCHES in a condition, as they are searched for. */
export function expressionsOf(condition: Condition): string[] {
  if ('parts' in condition) return condition.parts.flatMap(expressionsOf)
  return condition.kind === 'comparison' && condition.operator === 'MATCHES' ? [normalised(condition)] : []
}

function compileTest(condition: Condition): ObjectTest {
  if ('parts' in condition) {
    const tests = condition.parts.map(compileTest)
    return condition.kind === 'all'
      ? (object, observation, meter) => tests.every((test) => test(object, observation, meter))
      : (object, observation, meter) => tests.some((test) => test(object, observation, meter))
  }
  const { type, steps } = condition.path
  const walk = compileWalk(steps)
  const { not } = condition
  if (condition.kind === 'exists') return (object, observation, meter) => (object.type === type ? walk(object, observation, meter).length > 0 !== not : false)
  const test = compileValueTest(condition, encodingOf(lastName(steps)!))
  return (object, observation, meter) => {
    if (object.type !== type) return false
    meter.spend(0.1)
    const values = walk(object, observation, meter)
    // A path that leads nowhere makes the comparison false, negated or not (section 9.6).
    return values.length > 0 && values.some((value) => test(value, meter)) !== not
  }
}

function compileValueTest(condition: Exclude<Condition, { kind: 'all' | 'any' | 'exists' }>, encoding: Encoding): ValueTest {
  if (condition.kind === 'in') return compileList(condition.operands.map((operand) => comparator(operand, encoding)))
  const { operator, operand } = condition
  switch (operator) {
    case 'LIKE':
      return onText(compileWildcard(normalised(condition)), encoding, operand.text)
    case 'MATCHES': {
      const compiled = compileExpression(normalised(condition))
      return 'reason' in compiled ? () => false : onText(compiled.test, encoding, operand.text)
    }
    case 'ISSUBSET':
    case 'ISSUPERSET':
      return compileBlock(operator, operand.text)
    default:
      if (operator === '=' && operand.type === 'string' && !encoding) return (value) => value === operand.text
      return compileOrder(operator, comparator(operand, encoding))
  }
}

/** The constant of LIKE and MATCHES in NFC; as it is for properties of octets, which have no normal form. */
function normalised({ path, operand }: Comparison): string {
  return encodingOf(lastName(path.steps)!) ? operand.text : operand.text.normalize('NFC')
}

function compileList(compares: readonly Compare[]): ValueTest {
  return (value, meter) => {
    meter.spend(compares.length / 8)
    return compares.some((compare) => compare(value) === 0)
  }
}

/** Octets are searched as characters up to U+00FF; a constant with others finds nothing among them. */
function onText(test: TextTest, encoding: Encoding, constant: string): ValueTest {
  if (!encoding) return (value, meter) => typeof value === 'string' && test(value.normalize('NFC'), meter)
  if (octetsOfText(constant) === undefined) return () => false
  return (value, meter) => {
    const octets = decode(value, encoding)
    return octets !== undefined && test(octets, meter)
  }
}

function compileBlock(operator: 'ISSUBSET' | 'ISSUPERSET', text: string): ValueTest {
  const constant = readBlock(text)!
  return (value, meter) => {
    meter.spend(4)
    const block = typeof value === 'string' ? readBlock(value) : undefined
    return block !== undefined && (operator === 'ISSUBSET' ? isWithin(block, constant) : isWithin(constant, block))
  }
}

/** What cannot be compared is unequal, and neither less nor greater (section 9.6.1). */
function compileOrder(operator: '=' | '!=' | '<' | '>' | '<=' | '>=', compare: Compare): ValueTest {
  switch (operator) {
    case '=':
      return (value) => compare(value) === 0
    case '!=':
      return (value) => compare(value) !== 0
    case '<':
      return (value) => (compare(value) ?? 0) < 0
    case '>':
      return (value) => (compare(value) ?? 0) > 0
    case '<=':
      return (value) => (compare(value) ?? 1) <= 0
    default:
      return (value) => (compare(value) ?? -1) >= 0
  }
}
