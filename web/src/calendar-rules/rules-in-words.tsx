import { List } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Rules } from './rules.ts'
import { inWords } from './rules-words.ts'

/** When a programme releases, for people. */
export function RulesInWords({ rules }: { rules: Rules }): ReactElement {
  return (
    <List spacing={4}>
      {inWords(rules).map((sentence) => (
        <List.Item key={sentence}>{sentence}</List.Item>
      ))}
    </List>
  )
}
