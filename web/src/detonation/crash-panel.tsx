import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { HappeningOf } from '#scanner/detonation/contract.ts'
import { Fact, Facts } from '../ui/facts.tsx'
import { Panel } from '../ui/panel.tsx'
import { addressWords, textIn } from './addresses.ts'
import type { DetonationReport } from './detonations.ts'
import styles from './detonation.module.css'
import { RANKS, seconds } from './words.ts'

type Fault = HappeningOf<'fault'>

const MOST_CRASHES = 10

/** Each fault with what it takes to judge it: where, at what, the registers, and the way there. */
export function CrashPanel({ report: { happenings } }: { report: DetonationReport }): ReactElement | null {
  const faults = happenings.filter((one): one is Fault => one.kind === 'fault')
  if (faults.length === 0) return null
  return (
    <Panel
      title={faults.length === 1 ? 'Crash' : `Crashes (${faults.length})`}
      lead="A read near address zero is a crash and no exploit; a write or a jump to where the document says is one."
      flush
    >
      {faults.slice(0, MOST_CRASHES).map((fault, index) => (
        <Crash key={index} fault={fault} />
      ))}
      {faults.length > MOST_CRASHES && <Text p="md">{faults.length - MOST_CRASHES} more are in the table of what happened.</Text>}
    </Panel>
  )
}

function Crash({ fault: { t, rank, pid, image, signal, address, access, instruction, module, registers = {}, stack = [] } }: { fault: Fault }): ReactElement {
  const named = Object.entries(registers)
  return (
    <div className={styles['item']} data-weight="crash">
      <Facts>
        <Fact name="Fault">
          <strong>{signal}</strong>
          {access !== undefined && ` on ${access}`} in <span className="mono">{image}</span> (process {pid})
        </Fact>
        {address !== undefined && (
          <Fact name="Address">
            <span className="mono">{address}</span> {addressWords(address)}
          </Fact>
        )}
        {instruction !== undefined && (
          <Fact name="Instruction">
            <span className="mono">{instruction}</span> {module === undefined ? 'outside of every file: nothing that was loaded lies there' : `in ${module}`}
          </Fact>
        )}
        <Fact name="Seen">
          at {seconds(t)}, by the {RANKS[rank].name.toLowerCase()}
        </Fact>
      </Facts>
      {named.length > 0 && (
        <>
          <h3 className={styles['small']}>Registers</h3>
          <dl className={styles['registers']}>
            {named.map(([name, value]) => (
              <div key={name} data-text={textIn(value) !== undefined || undefined}>
                <dt>{name}</dt>
                <dd>
                  {value}
                  {textIn(value) !== undefined && <span className={styles['text']}>“{textIn(value)}”</span>}
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {stack.length > 0 && (
        <details className={styles['more']} open={stack.length <= 8}>
          <summary>Return addresses on the stack ({stack.length})</summary>
          <ol className={styles['stack']}>
            {stack.map((frame, index) => (
              <li key={index} className="mono break">
                {frame}
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  )
}
