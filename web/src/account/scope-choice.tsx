import { Checkbox } from '@mantine/core'
import type { ReactElement } from 'react'
import type { z } from 'zod'
import { TOKEN_SCOPES, type ScopeSchema } from '#platform/auth/contract.ts'
import styles from './scope-choice.module.css'

export type Scope = z.output<typeof ScopeSchema>

const SCOPE_MEANING: Readonly<Record<Scope, string>> = {
  'account:read': 'Read your session, passkeys and tokens',
  'people:read': 'Read people and roles',
  'people:write': 'Invite, disable, set roles',
  'log:read': 'Read the audit log',
  'notices:read': 'Read notices',
  'taxii:read': 'Read TAXII collections',
  'taxii:write': 'Write TAXII collections',
  'program:read': 'Read the program',
  'program:write': 'Act in the program',
  'program:approve': 'Approve and schedule packages in your name',
  'scanner:submit': 'Submit to the scanner',
  'scanner:read': 'Read the scanner’s reports',
  'scanner:rules': 'Keep the YARA sets of the scanner',
  'exchange:read': 'Read the exchange',
  'scim:read': 'Read the contacts of your organisation by SCIM',
  'scim:write': 'Create, change and disable contacts of your organisation by SCIM',
  'exchange:write': 'Write to the exchange',
}

interface ScopeChoiceProps {
  readonly value: readonly Scope[]
  readonly error: string | undefined
  readonly onChange: (scopes: Scope[]) => void
}

/** What a program may do in the person's name. */
export function ScopeChoice({ value, error, onChange }: ScopeChoiceProps): ReactElement {
  return (
    <Checkbox.Group label="Scopes" description="Give only what the program needs" required value={[...value]} error={error} onChange={onChange}>
      <div className={styles['scopes']}>
        {TOKEN_SCOPES.map((scope) => (
          <Checkbox key={scope} value={scope} label={scope} description={SCOPE_MEANING[scope]} />
        ))}
      </div>
    </Checkbox.Group>
  )
}
