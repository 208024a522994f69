import process from 'node:process'
import { Argument, type Command } from 'commander'

/** Shell completion: a script for the shell, and what it asks. */
export function completion(program: Command): void {
  program
    .command('completion')
    .description('A script that completes commands, options, functions and scenarios in a shell')
    .addArgument(new Argument('<shell>', 'for which').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nExamples:\n  $ dugout completion bash >> ~/.bashrc\n  $ dugout completion zsh >> ~/.zshrc\n  $ dugout completion fish > ~/.config/fish/completions/dugout.fish',
    )
    .action(async (shell: string) => {
      const { scripts } = await import('../completion-scripts.js')
      process.stdout.write(scripts[shell] ?? '')
    })
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const { candidates } = await import('../complete.js')
      process.stdout.write((await candidates(program, words)).map((word) => `${word}\n`).join(''))
    })
}
