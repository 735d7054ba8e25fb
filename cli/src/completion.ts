import { exitCode, type ExitCode } from 'service-kit/command-errors';
import { type Command, command, print, runs } from 'service-kit/command-line';
import { verbs } from './verbs';

export const completion: Command = command(
  'completion',
  `what makes a shell complete these words

In ~/.bashrc or ~/.zshrc: eval "$(npx outbox completion bash)", and the same with zsh.`,
).argument('<shell>', 'bash or zsh');
completion.registeredArguments[0]?.choices(['bash', 'zsh']);

runs(completion, async (shell: string): Promise<ExitCode> => {
  const words: [path: string, next: string[]][] = [['', verbs.map(({ name }) => name)]];
  for (const { name, load } of verbs) {
    words.push(...wordsOf(name, name === 'completion' ? completion : await load()));
  }
  print(scriptOf(words, shell === 'zsh'));
  return exitCode.well;
});

/** What may follow each chain of words: commands, and options. */
function wordsOf(path: string, one: Command): [string, string[]][] {
  const options = one.options.flatMap(({ long }) => (long == null ? [] : [long]));
  const next = [...one.commands.map((sub) => sub.name()), ...options, '--help'];
  return [[path, next], ...one.commands.flatMap((sub) => wordsOf(`${path} ${sub.name()}`, sub))];
}

/** The chain of words so far picks what may follow; zsh understands bash's way. */
function scriptOf(words: readonly [string, readonly string[]][], isZsh: boolean): string {
  const cases = words.map(([path, next]) => `    '${path}') next='${next.join(' ')}' ;;`);
  return `${isZsh ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_outbox() {
  local word path= next=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in [a-z]*) path="\${path:+$path }$word" ;; esac
  done
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _outbox outbox`;
}
