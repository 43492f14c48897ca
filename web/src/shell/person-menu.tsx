import { Menu, Text, UnstyledButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { roleName } from '../people/roles.ts'
import type { SessionView } from '../session/session.ts'
import { useSignOut } from '../session/sign-out.ts'
import { Icon } from '../ui/icon.tsx'
import styles from './shell.module.css'

/** Who is signed in, and the way out. */
export function PersonMenu({ session }: { session: SessionView }): ReactElement {
  const signOut = useSignOut()
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <UnstyledButton className={styles['person']} aria-label={`Signed in as ${session.person.name}`}>
          <Icon name="account" />
          <span className={styles['personName']}>{session.person.name}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fw={600} c="var(--mantine-color-text)">
            {session.person.name}
          </Text>
          <Text size="sm">{session.organisation.name}</Text>
          <Text size="sm">{session.roles.map(roleName).join(', ') || 'No roles yet'}</Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account" leftSection={<Icon name="key" size={16} />}>
          Account: passkeys, sessions, tokens
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="signout" size={16} />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
