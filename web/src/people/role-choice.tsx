import { Checkbox, Stack } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { rolesOf, roleText, type Role, type Side } from './roles.ts'

interface RoleChoiceProps {
  readonly side: Side
  readonly value: readonly Role[]
  readonly onChange: (roles: Role[]) => void
  readonly error?: ReactNode
  readonly required?: boolean
}

/** The roles of one side with what each may do. */
export function RoleChoice({ side, value, onChange, error, required = false }: RoleChoiceProps): ReactElement {
  return (
    <Checkbox.Group
      label="Roles"
      required={required}
      value={[...value]}
      error={error}
      onChange={(roles) => onChange(rolesOf(side).filter((role) => roles.includes(role)))}
    >
      <Stack gap={8} mt={6}>
        {rolesOf(side).map((role) => {
          const { name, may } = roleText(side, role)
          return <Checkbox key={role} value={role} label={name} description={may} />
        })}
      </Stack>
    </Checkbox.Group>
  )
}
