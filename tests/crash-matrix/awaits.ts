import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { checkout } from '../support/docker';
import { isSql, namesOfStatement } from './statements';
import { fateOf, isFailpointCall, isFollowed, isFunctionLike, isWithin } from './syntax';

/** A call that needs no failpoint, and why. */
export interface Exemption {
  readonly file: string;
  readonly call: string;
  /** The function in which it is called, where others call the same; any when left out. */
  readonly within?: string;
  /** How many calls in that file; 1 when left out. One more is not exempt. */
  readonly times?: number;
  readonly why: string;
}

/**
 * Finds, in all source files of these paths (folders or files), each call that returns a promise and is not directly followed by
 * `await failpoint(…)`. A named statement has its failpoint in itself (service-kit/sql).
 *
 * A call of a function that is itself in the paths needs none: it is looked at inside. Unless that function hands
 * its promise on (`return pool.connect()`): then its callers are looked at instead, and so on. Timers wait for nothing
 * outside; `Promise.all` and the like, and `inSpan`, are looked at in what they are given.
 *
 * @param primitives files in these paths that are the outside world: a call of what they export is one step
 * @returns where in the sources they are, such as `command-service/src/transaction.ts:95 runner.connect`; also the exemptions
 *   that fit nothing any more
 */
export function findUnmarked(
  paths: readonly string[],
  primitives: readonly string[],
  exemptions: readonly Exemption[],
): { unmarked: string[]; stale: Exemption[] } {
  const files = paths
    .flatMap((path) => sourceFiles(join(checkout, path)))
    .filter((file) => !primitives.includes(relative(checkout, file)));
  const walk = new Walk(parsed(), new Set(files), exemptions);
  return { unmarked: walk.unmarked(), stale: walk.stale() };
}

/**
 * The names of all SQL statements in the source files of these paths: each is a failpoint.
 *
 * @returns a name for each place that runs it; also the places whose statement has no name that can be read here
 */
export function findStatements(paths: readonly string[]): { names: string[]; nameless: string[] } {
  const sources = parsed();
  const checker = sources.getTypeChecker();
  const names: string[] = [];
  const nameless: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isSql(checker, node)) {
      const found = namesOfStatement(checker, node);
      names.push(...found);
      if (found.length === 0) nameless.push(placeOf(node));
    }
    ts.forEachChild(node, visit);
  };
  for (const file of paths.flatMap((path) => sourceFiles(join(checkout, path)))) {
    const source = sources.getSourceFile(file);
    if (source !== undefined) visit(source);
  }
  return { names, nameless };
}

const placeOf = (call: ts.CallExpression): string => {
  const { line } = call.getSourceFile().getLineAndCharacterOfPosition(call.getStart());
  return `${fileOf(call)}:${line + 1} ${nameOf(call)}`;
};

/** The failpoints that a package's sources pass, by their keys in its `failpoints.ts`. */
export function passedKeys(folder: string): Set<string> {
  const keys = new Set<string>();
  for (const file of sourceFiles(join(checkout, folder))) {
    const source = ts.createSourceFile(
      file,
      ts.sys.readFile(file) ?? '',
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (isFailpointCall(node)) {
        const [name] = node.arguments;
        if (name && ts.isPropertyAccessExpression(name)) keys.add(name.name.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return keys;
}

const workspaces = ['command-service', 'query-service', 'debezium', 'service-kit'];
let program: ts.Program | undefined;

/** The sources of all services, as the compiler sees them: parsed once, because it takes seconds. */
function parsed(): ts.Program {
  const files = workspaces.flatMap((workspace) => sourceFiles(join(checkout, workspace, 'src')));
  return (program ??= ts.createProgram(files, compilerOptions()));
}

function sourceFiles(path: string): string[] {
  if (path.endsWith('.ts')) return existsSync(path) ? [path] : [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(path, name));
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(checkout, 'tsconfig.base.json');
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: object };
  };
  return {
    ...ts.convertCompilerOptionsFromJson(config.compilerOptions, checkout).options,
    noEmit: true,
    composite: false,
    types: ['node'],
    // Sources, so that a function of the kit that is on these ways is looked at inside.
    paths: { 'service-kit/*': [join(checkout, 'service-kit/src/*')] },
  };
}

const fileOf = (call: ts.CallExpression): string =>
  relative(checkout, call.getSourceFile().fileName);

const nameOf = (call: ts.CallExpression): string => call.expression.getText().replace(/\s+/g, '');

class Walk {
  private readonly checker: ts.TypeChecker;
  private readonly sources: ts.SourceFile[];
  /** Functions that hand on a promise of the outside world. */
  private readonly handingOn = new Set<ts.Node>();
  private readonly exempt = new Map<ts.Node, Exemption>();

  constructor(
    program: ts.Program,
    private readonly files: ReadonlySet<string>,
    private readonly exemptions: readonly Exemption[],
  ) {
    this.checker = program.getTypeChecker();
    this.sources = program
      .getSourceFiles()
      .filter(({ fileName }) => files.has(join(fileName)) && !fileName.endsWith('.d.ts'));
  }

  unmarked(): string[] {
    const calls = this.sources.flatMap((source) => this.promiseCalls(source));
    for (const exemption of this.exemptions) {
      calls
        .filter((call) => fileOf(call) === exemption.file && nameOf(call) === exemption.call)
        .filter((call) => exemption.within === undefined || isWithin(call, exemption.within))
        .slice(0, exemption.times ?? 1)
        .forEach((call) => this.exempt.set(call, exemption));
    }
    // Each round may show one more function that hands a promise on, and with it its callers.
    for (let known = -1; known < this.handingOn.size;) {
      known = this.handingOn.size;
      for (const call of calls) {
        if (!this.isEffect(call)) continue;
        const fate = fateOf(call);
        if (fate.kind === 'returned') this.noteHandingOn(fate.by);
      }
    }
    return calls
      .filter((call) => this.isEffect(call))
      .filter((call) => {
        const fate = fateOf(call);
        if (fate.kind === 'returned') return !this.isNamed(fate.by);
        return !isFollowed(fate.statement);
      })
      .map(placeOf);
  }

  /** Exemptions of which fewer calls are left than they say. */
  stale(): Exemption[] {
    const used = [...this.exempt.values()];
    return this.exemptions.filter(
      (exemption) => used.filter((one) => one === exemption).length < (exemption.times ?? 1),
    );
  }

  private promiseCalls(source: ts.SourceFile): ts.CallExpression[] {
    const found: ts.CallExpression[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && !isFailpointCall(node) && this.returnsPromise(node)) {
        found.push(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  }

  private returnsPromise(call: ts.CallExpression): boolean {
    const type = this.checker.getTypeAtLocation(call);
    const parts = type.isUnion() ? type.types : [type];
    return parts.some((part) => part.getProperty('then') !== undefined);
  }

  /** Whether it reaches the outside world, as far as it can be seen from here. */
  private isEffect(call: ts.CallExpression): boolean {
    if (this.exempt.has(call)) return false;
    if (isSql(this.checker, call) && namesOfStatement(this.checker, call).length > 0) return false;
    const { expression } = call;
    if (nameOf(call) === 'inSpan') return false;
    if (ts.isPropertyAccessExpression(expression)) {
      // `.catch`, `.then` and `.finally` of a promise are skipped; the call that made the promise is checked.
      if (['then', 'catch', 'finally'].includes(expression.name.text)) return false;
      if (expression.expression.getText() === 'Promise') return false;
    }
    const declarations = this.declarationsOf(expression);
    if (declarations.some((d) => /\/timers\/promises\.d\.ts$/.test(d.getSourceFile().fileName))) {
      return false;
    }
    const ours = declarations.filter((d) => this.files.has(join(d.getSourceFile().fileName)));
    const functions = ours.filter((d) => isFunctionLike(d) || ts.isMethodSignature(d));
    if (functions.length === 0) return true;
    return functions.some((d) => this.handingOn.has(d));
  }

  private declarationsOf(expression: ts.Expression): ts.Node[] {
    let symbol = this.checker.getSymbolAtLocation(expression);
    if (symbol && symbol.flags & ts.SymbolFlags.Alias) {
      symbol = this.checker.getAliasedSymbol(symbol);
    }
    return (symbol?.declarations ?? []).map((declaration) =>
      // `const work = async () => …`, `{ close: async () => … }`
      (ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration)) &&
      declaration.initializer &&
      isFunctionLike(declaration.initializer)
        ? declaration.initializer
        : declaration,
    );
  }

  /** Also for who calls it by the interface that its class or object implements. */
  private noteHandingOn(by: ts.FunctionLikeDeclaration): void {
    this.handingOn.add(by);
    const name =
      by.name?.getText() ?? (ts.isPropertyAssignment(by.parent) ? by.parent.name.getText() : '');
    for (const source of this.sources) {
      for (const statement of source.statements) {
        if (!ts.isInterfaceDeclaration(statement) || !this.implements(by, statement)) continue;
        for (const member of statement.members) {
          if (ts.isMethodSignature(member) && member.name.getText() === name) {
            this.handingOn.add(member);
          }
        }
      }
    }
  }

  private implements(by: ts.FunctionLikeDeclaration, { name }: ts.InterfaceDeclaration): boolean {
    const holder = ts.isPropertyAssignment(by.parent) ? by.parent.parent : by.parent;
    if (ts.isClassDeclaration(holder)) {
      return (holder.heritageClauses ?? []).some((clause) =>
        clause.types.some((type) => type.expression.getText() === name.text),
      );
    }
    if (!ts.isObjectLiteralExpression(holder)) return false;
    return this.checker.getContextualType(holder)?.symbol?.name === name.text;
  }

  /** Whether its callers can be found. */
  private isNamed(by: ts.FunctionLikeDeclaration): boolean {
    return (
      by.name !== undefined ||
      ts.isPropertyAssignment(by.parent) ||
      ts.isVariableDeclaration(by.parent)
    );
  }
}
