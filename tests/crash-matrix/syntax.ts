import ts from 'typescript';

/** Where a promise goes: to a statement, out of a function, or nowhere that is known. */
type Fate =
  | { kind: 'statement'; statement: ts.Statement }
  | { kind: 'returned'; by: ts.FunctionLikeDeclaration };

export const isFailpointCall = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === 'failpoint';

export function isWithin(call: ts.CallExpression, name: string): boolean {
  for (let at: ts.Node = call.parent; !ts.isSourceFile(at); at = at.parent) {
    if (isFunctionLike(at) && at.name?.getText() === name) return true;
  }
  return false;
}

export const isFunctionLike = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isArrowFunction(node) ||
  ts.isFunctionExpression(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isAccessor(node);

/** Follows a promise outwards, through awaits, arguments and callbacks. */
export function fateOf(call: ts.CallExpression): Fate {
  let node: ts.Node = call;
  for (;;) {
    const { parent } = node;
    if (ts.isReturnStatement(parent)) {
      const by = enclosingFunction(parent);
      const callback = callOf(by);
      if (callback === undefined) return { kind: 'returned', by };
      node = callback;
    } else if (ts.isArrowFunction(parent)) {
      const callback = callOf(parent);
      if (callback === undefined) return { kind: 'returned', by: parent };
      node = callback;
    } else if (ts.isStatement(parent)) {
      return { kind: 'statement', statement: parent };
    } else {
      node = parent;
    }
  }
}

function enclosingFunction(node: ts.Node): ts.FunctionLikeDeclaration {
  for (let at = node.parent; ; at = at.parent) if (isFunctionLike(at)) return at;
}

/** The call that a function without a name is given to. */
function callOf(by: ts.FunctionLikeDeclaration): ts.CallExpression | undefined {
  const { parent } = by;
  return ts.isCallExpression(parent) && parent.arguments.some((argument) => argument === by)
    ? parent
    : undefined;
}

export function isFollowed(statement: ts.Statement): boolean {
  const { parent } = statement;
  if (!ts.isBlock(parent) && !ts.isCaseClause(parent) && !ts.isSourceFile(parent)) {
    // `if (…) await …` without a block: what follows the whole statement follows it.
    return ts.isIfStatement(parent) && isFollowed(parent);
  }
  // What waits for nothing may stand between, such as a line for the log.
  const behind = parent.statements.slice(parent.statements.indexOf(statement) + 1);
  const next = behind.find((one) => isFailpoint(one) || !isPlain(one));
  return next !== undefined && isFailpoint(next);
}

/** Neither waits nor leaves. */
function isPlain(statement: ts.Statement): boolean {
  if (!ts.isExpressionStatement(statement) && !ts.isVariableStatement(statement)) return false;
  const waits = (node: ts.Node): boolean =>
    ts.isAwaitExpression(node) || (ts.forEachChild(node, waits) ?? false);
  return !waits(statement);
}

/** `await failpoint(…)`, `return failpoint(…)`, or a block that tries it first. */
function isFailpoint(statement: ts.Statement): boolean {
  if (ts.isTryStatement(statement)) {
    const [first] = statement.tryBlock.statements;
    return first !== undefined && isFailpoint(first);
  }
  if (ts.isReturnStatement(statement)) {
    return statement.expression !== undefined && isFailpointCall(statement.expression);
  }
  return (
    ts.isExpressionStatement(statement) &&
    ts.isAwaitExpression(statement.expression) &&
    isFailpointCall(statement.expression.expression)
  );
}
