import { Option } from 'commander'
import { meantEdition } from '#platform/config.ts'

/** The option by which a command works on the demonstration's data, or on the live data, when both are there. */
export function editionOption(): Option {
  return new Option('--edition <edition>', 'which data to work on')
    .choices(['live', 'demo'])
    .default(meantEdition(), 'what VEDETTE_DATA holds, or what runs here')
}
