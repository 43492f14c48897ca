import { Group, Text, Title } from '@mantine/core'
import { useId, type ReactElement, type ReactNode } from 'react'
import styles from './panel.module.css'

interface PanelProps {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  /** True where the content brings its own spacing, as a table does. */
  readonly flush?: boolean
  readonly children: ReactNode
}

/** A titled surface; a region that screen readers can jump to. */
export function Panel({ title, lead, actions, flush = false, children }: PanelProps): ReactElement {
  const id = useId()
  return (
    <section className={styles['panel']} aria-labelledby={id}>
      <div className={styles['head']}>
        <div>
          <Title order={2} id={id}>
            {title}
          </Title>
          {lead && (
            <Text size="sm" c="dimmed">
              {lead}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </div>
      <div className={flush ? styles['flush'] : styles['body']}>{children}</div>
    </section>
  )
}
