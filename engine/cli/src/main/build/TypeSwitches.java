import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/** Takes the place of calls that choose a case of a switch by the type of a value. */
final class TypeSwitches implements CodeTransform {
  private static final String BOOTSTRAP = "typeSwitch";
  private static final ClassDesc OWNER = ClassDesc.of("java.lang.runtime.SwitchBootstraps");

  private final ClassModel model;
  private final List<Choice> choices = new ArrayList<>();

  /** A method that says which of the types, from a given one on, a value has. */
  private record Choice(String name, MethodTypeDesc type, List<ClassDesc> cases) {}

  TypeSwitches(ClassModel model) {
    this.model = model;
  }

  /** Only types as cases: a constant or a null among them is left to the JDK. */
  static boolean isOne(CodeElement element) {
    return element instanceof InvokeDynamicInstruction call
        && call.bootstrapMethod() instanceof DirectMethodHandleDesc bootstrap
        && bootstrap.owner().equals(OWNER)
        && bootstrap.methodName().equals(BOOTSTRAP)
        && call.bootstrapArgs().stream().allMatch(ClassDesc.class::isInstance);
  }

  @Override
  public void accept(CodeBuilder code, CodeElement element) {
    if (!isOne(element)) {
      code.with(element);
      return;
    }
    InvokeDynamicInstruction call = (InvokeDynamicInstruction) element;
    List<ClassDesc> cases = new ArrayList<>();
    for (ConstantDesc type : call.bootstrapArgs()) {
      cases.add((ClassDesc) type);
    }
    String name = "caseOf$" + choices.size();
    choices.add(new Choice(name, call.typeSymbol(), cases));
    boolean isInterface = (model.flags().flagsMask() & ClassFile.ACC_INTERFACE) != 0;
    code.invokestatic(model.thisClass().asSymbol(), name, call.typeSymbol(), isInterface);
  }

  void addMethods(ClassBuilder made) {
    int flags = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;
    for (Choice choice : choices) {
      made.withMethodBody(
          choice.name(), choice.type(), flags, code -> choose(code, choice.cases()));
    }
  }

  /** As {@code SwitchBootstraps.typeSwitch} has it: -1 for null, the number of cases for none. */
  private static void choose(CodeBuilder code, List<ClassDesc> cases) {
    Label present = code.newLabel();
    code.aload(0).ifnonnull(present).loadConstant(-1).ireturn().labelBinding(present);
    for (int index = 0; index < cases.size(); index++) {
      Label next = code.newLabel();
      code.iload(1).loadConstant(index).if_icmpgt(next);
      code.aload(0).instanceOf(cases.get(index)).ifeq(next);
      code.loadConstant(index).ireturn().labelBinding(next);
    }
    code.loadConstant(cases.size()).ireturn();
  }
}
