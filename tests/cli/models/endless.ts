// Models that do not come back.
import { tracked } from 'dugout'

export const never = tracked('never', async (): Promise<number> => await new Promise(() => {}))

export const busy = tracked('busy', (): number => {
  process.stderr.write('busy now\n')
  for (;;);
})
