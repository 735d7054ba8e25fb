import ts from 'typescript';

/** Whether it runs a statement: whether what is called is a `Sql` of service-kit/sql. */
export function isSql(checker: ts.TypeChecker, call: ts.CallExpression): boolean {
  const type = checker.getResolvedSignature(call)?.declaration;
  return (
    type !== undefined &&
    ts.isFunctionTypeNode(type) &&
    ts.isTypeAliasDeclaration(type.parent) &&
    type.parent.name.text === 'Sql' &&
    type.getSourceFile().fileName.endsWith('/service-kit/src/sql.ts')
  );
}

/** What `name` says in the statement that is written here; several where it is a template; none where it is not written here. */
export function namesOfStatement(checker: ts.TypeChecker, call: ts.CallExpression): string[] {
  const [statement] = call.arguments;
  if (statement === undefined || !ts.isObjectLiteralExpression(statement)) return [];
  const name = statement.properties.find((member) => member.name?.getText() === 'name');
  return name !== undefined && ts.isPropertyAssignment(name)
    ? textsOf(checker, name.initializer)
    : [];
}

function textsOf(checker: ts.TypeChecker, name: ts.Expression): string[] {
  if (ts.isStringLiteralLike(name)) return [name.text];
  if (!ts.isTemplateExpression(name)) return [];
  return name.templateSpans.reduce<string[]>(
    (begun, { expression, literal }) => {
      const type = checker.getTypeAtLocation(expression);
      const parts = type.isUnion() ? type.types : [type];
      return begun.flatMap((text) =>
        parts.flatMap((part) => (part.isStringLiteral() ? [text + part.value + literal.text] : [])),
      );
    },
    [name.head.text],
  );
}
